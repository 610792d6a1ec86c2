"""Documents of a top-up: /v1/top-ups/{id}/documents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.evidence import EvidenceKind
from services.capital.usecases.attach_document import AttachDocument, attach_document, remove_document
from services.capital.usecases.read_documents import count_documents, list_documents, read_document
from services.runtime.call import Call, get_call, read
from services.runtime.documents import routes
from services.runtime.documents.uploads import received
from services.runtime.fields import ShortText
from services.runtime.idempotency import KEY_ACCEPTED
from services.runtime.pagination import Page, PageQuery, page_query

router = APIRouter(prefix="/top-ups/{top_up_id}/documents", tags=["documents"])


class DocumentAnswer(routes.DocumentAnswer):
    kind: EvidenceKind = Field(description="What it is", examples=["admission"])


@router.post(
    "",
    status_code=201,
    response_model=DocumentAnswer,
    summary="Attach a document: PDF, JPEG, PNG, ODT, ODS, DOCX or XLSX",
    openapi_extra=KEY_ACCEPTED,
)
async def post_document(
    top_up_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    file: Annotated[UploadFile, File(description="The file itself; what it is, its content tells")],
    kind: Annotated[EvidenceKind, Form(description="What it is", examples=["admission"])],
    label: Annotated[ShortText | None, Form(description="What to say of it")] = None,
) -> Response:
    state = call.request.app.state
    upload = await received(file, most_bytes=state.document_limits.most_bytes)
    order = AttachDocument(top_up_id, kind, label, upload)

    async def effect(session: AsyncSession) -> DocumentAnswer:
        return DocumentAnswer.of(
            await attach_document(session, call.caller, order, state.documents, state.document_limits)
        )

    return await routes.attach(call, effect, kind=kind, label=label, upload=upload)


@router.get("", summary="List a top-up's documents, as they were attached")
async def get_documents(
    top_up_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
) -> Page[DocumentAnswer]:
    return await routes.listed(
        call,
        page,
        DocumentAnswer,
        lambda session, after: list_documents(session, call.caller, top_up_id, after=after, limit=page.limit),
        lambda session: count_documents(session, call.caller, top_up_id),
    )


@router.get("/{document_id}", summary="Read what is known of a document")
async def get_document(
    top_up_id: UUID, document_id: UUID, call: Annotated[Call, Depends(get_call)]
) -> DocumentAnswer:
    document = await read(call, lambda session: read_document(session, call.caller, top_up_id, document_id))
    return DocumentAnswer.of(document)


@router.get(
    "/{document_id}/content",
    summary="Download a document",
    response_class=StreamingResponse,
    responses=routes.ANY_CONTENT,
)
async def get_content(
    top_up_id: UUID, document_id: UUID, call: Annotated[Call, Depends(get_call)]
) -> StreamingResponse:
    document = await read(call, lambda session: read_document(session, call.caller, top_up_id, document_id))
    return await routes.downloaded(call, document)


@router.delete(
    "/{document_id}",
    response_model=DocumentAnswer,
    summary="Remove a document before the request is decided",
    openapi_extra=KEY_ACCEPTED,
)
async def delete_document(
    top_up_id: UUID, document_id: UUID, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> DocumentAnswer:
        removed = await remove_document(session, call.caller, top_up_id, document_id, today=call.today)
        return DocumentAnswer.of(removed)

    return await routes.remove(call, document_id, effect)
