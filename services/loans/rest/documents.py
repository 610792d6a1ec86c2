"""Documents of an application, from its draft on: /v1/applications/{id}/documents."""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.refusals import NotFound
from services.loans.domain.application_document import DocumentKind
from services.loans.usecases.attach_document import AttachDocument, attach_document, remove_document
from services.loans.usecases.read_folders import count_documents, list_documents, read_document
from services.runtime.call import Call, get_call, read
from services.runtime.documents.document import Document
from services.runtime.documents.refusals import DocumentElement
from services.runtime.documents.uploads import CHUNK_BYTES, received
from services.runtime.fields import Answer, ShortText
from services.runtime.idempotency import KEY_ACCEPTED, Operation, checked_key, path_of, perform, perform_once
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/applications/{application_id}/documents", tags=["documents"])

DOCUMENT_ID = "01932b04-6c50-7e74-8f96-ad425b608f9f"
BINARY = {"type": "string", "format": "binary"}
ANY_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": BINARY}}}
}


class DocumentAnswer(Answer):
    id: UUID = Field(description="The document's id", examples=[DOCUMENT_ID])
    kind: DocumentKind = Field(description="What it is", examples=["business_plan"])
    label: str | None = Field(description="What the sender says of it", examples=["Version de mars"])
    name: str = Field(description="What the file was called", examples=["plan.pdf"])
    media_type: str = Field(description="What its content is", examples=["application/pdf"])
    size_bytes: int = Field(description="How large it is", examples=[183_204])
    sha256: str = Field(description="SHA-256 of its content, in hexadecimal", examples=["9f86d081" * 8])
    created_at: datetime = Field(description="When it was attached", examples=["2026-11-22T15:04:05Z"])
    removed_on: date | None = Field(
        description="The day it was removed: its content is gone", examples=["2024-03-01"]
    )

    @classmethod
    def of(cls, document: Document) -> "DocumentAnswer":
        return cls(
            id=document.id,
            kind=DocumentKind(document.kind),
            label=document.label,
            name=document.name,
            media_type=document.media_type,
            size_bytes=document.size_bytes,
            sha256=document.sha256,
            created_at=document.created_at,
            removed_on=document.removed_on,
        )


@router.post(
    "",
    status_code=201,
    response_model=DocumentAnswer,
    summary="Attach a document: PDF, JPEG, PNG, ODT, ODS, DOCX or XLSX",
    openapi_extra=KEY_ACCEPTED,
)
async def post_document(
    application_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    file: Annotated[UploadFile, File(description="The file itself; what it is, its content tells")],
    kind: Annotated[DocumentKind, Form(description="What it is", examples=["business_plan"])],
    label: Annotated[ShortText | None, Form(description="What to say of it")] = None,
) -> Response:
    state = call.request.app.state
    upload = await received(file, most_bytes=state.document_limits.most_bytes)
    order = AttachDocument(application_id, kind, label, upload)

    async def effect(session: AsyncSession) -> DocumentAnswer:
        return DocumentAnswer.of(
            await attach_document(session, call.caller, order, state.documents, state.document_limits)
        )

    stored, is_replay = await perform_once(
        call.database, call.caller, _operation(call, order), effect, status=201
    )
    headers = {"Idempotent-Replayed": "true"} if is_replay else None
    return Response(stored.answer, status_code=stored.status, media_type="application/json", headers=headers)


@router.get("", summary="List an application's documents, as they were attached")
async def get_documents(
    application_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
) -> Page[DocumentAnswer]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[DocumentAnswer]:
        found = await list_documents(session, call.caller, application_id, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_documents(session, call.caller, application_id) if page.count else None
        return Page(items=[DocumentAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)


@router.get("/{document_id}", summary="Read what is known of a document")
async def get_document(
    application_id: UUID, document_id: UUID, call: Annotated[Call, Depends(get_call)]
) -> DocumentAnswer:
    document = await read(
        call, lambda session: read_document(session, call.caller, application_id, document_id)
    )
    return DocumentAnswer.of(document)


@router.get(
    "/{document_id}/content",
    summary="Download a document",
    response_class=StreamingResponse,
    responses=ANY_CONTENT,
)
async def get_content(
    application_id: UUID, document_id: UUID, call: Annotated[Call, Depends(get_call)]
) -> StreamingResponse:
    document = await read(
        call, lambda session: read_document(session, call.caller, application_id, document_id)
    )
    if document.removed_on is not None:
        raise NotFound(what=DocumentElement.DOCUMENT, id=document_id)
    content = await asyncio.to_thread(call.request.app.state.documents.open, document.id)
    return StreamingResponse(
        _pieces(content),
        media_type=document.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
            "Content-Length": str(document.size_bytes),
            # Whatever it holds, a browser neither guesses at it nor runs it.
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


@router.delete(
    "/{document_id}",
    response_model=DocumentAnswer,
    summary="Remove a document before the committee decides",
    openapi_extra=KEY_ACCEPTED,
)
async def delete_document(
    application_id: UUID, document_id: UUID, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> DocumentAnswer:
        removed = await remove_document(session, call.caller, application_id, document_id, today=call.today)
        return DocumentAnswer.of(removed)

    answer = await perform(call, effect, status=200)
    # Committed: what dies before this leaves a content that the next round of `essor worker` removes.
    await asyncio.to_thread(call.request.app.state.documents.delete, document_id)
    return answer


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while piece := content.read(CHUNK_BYTES):
            yield piece


def _operation(call: Call, order: AttachDocument) -> Operation | None:
    """A form's own bytes differ at each sending, by the boundary between its parts: its contents do not."""
    request = call.request
    key = checked_key(request.headers.get("idempotency-key"), required=False)
    if key is None:
        return None
    said = "\n".join((order.kind.value, order.label or "", order.upload.name, order.upload.sha256))
    digest = hashlib.sha256(said.encode()).digest()
    return Operation(call.caller.client, request.method, path_of(request), key, digest)
