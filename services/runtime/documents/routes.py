"""What the doors of documents share, whichever service's dossiers they are of."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime
from typing import Any, BinaryIO, Self, TypeVar
from urllib.parse import quote
from uuid import UUID

from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.language import Word
from services.kernel.refusals import NotFound
from services.runtime.call import Call, read
from services.runtime.documents.document import Document
from services.runtime.documents.refusals import DocumentElement
from services.runtime.documents.uploads import CHUNK_BYTES, Upload
from services.runtime.fields import Answer
from services.runtime.idempotency import Operation, checked_key, path_of, perform, perform_once
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor

DOCUMENT_ID = "01932b04-6c50-7e74-8f96-ad425b608f9f"
BINARY = {"type": "string", "format": "binary"}
ANY_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": BINARY}}}
}


class DocumentAnswer(Answer):
    """Each service says of which of its own kinds `kind` is."""

    id: UUID = Field(description="The document's id", examples=[DOCUMENT_ID])
    kind: str
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
    def of(cls, document: Document) -> Self:
        values = {name: getattr(document, name) for name in cls.model_fields}
        return cls.model_validate(values)


AnswerT = TypeVar("AnswerT", bound=DocumentAnswer)


async def attach(
    call: Call,
    effect: Callable[[AsyncSession], Awaitable[BaseModel]],
    *,
    kind: Word,
    label: str | None,
    upload: Upload,
) -> Response:
    operation = _operation(call, kind, label, upload)
    stored, is_replay = await perform_once(call.database, call.caller, operation, effect, status=201)
    headers = {"Idempotent-Replayed": "true"} if is_replay else None
    return Response(stored.answer, status_code=stored.status, media_type="application/json", headers=headers)


async def listed(
    call: Call,
    page: PageQuery,
    answer: type[AnswerT],
    find: Callable[[AsyncSession, UUID | None], Awaitable[list[Document]]],
    count: Callable[[AsyncSession], Awaitable[int]],
) -> Page[AnswerT]:
    """One page, as they were attached; `find` gives what follows a document, one more than the page holds."""
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[AnswerT]:
        found = await find(session, after)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count(session) if page.count else None
        return Page(items=[answer.of(one) for one in items], next=following, total=total)

    return await read(call, query)


async def downloaded(call: Call, document: Document) -> StreamingResponse:
    if document.removed_on is not None:
        raise NotFound(what=DocumentElement.DOCUMENT, id=document.id)
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


async def remove(
    call: Call, document_id: UUID, effect: Callable[[AsyncSession], Awaitable[BaseModel]]
) -> Response:
    answer = await perform(call, effect, status=200)
    # Committed: what dies before this leaves a content that the next round of `essor worker` removes.
    await asyncio.to_thread(call.request.app.state.documents.delete, document_id)
    return answer


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while piece := content.read(CHUNK_BYTES):
            yield piece


def _operation(call: Call, kind: Word, label: str | None, upload: Upload) -> Operation | None:
    """A form's own bytes differ at each sending, by the boundary between its parts: its contents do not."""
    request = call.request
    key = checked_key(request.headers.get("idempotency-key"), required=False)
    if key is None:
        return None
    said = "\n".join((kind.value, label or "", upload.name, upload.sha256))
    digest = hashlib.sha256(said.encode()).digest()
    return Operation(call.caller.client, request.method, path_of(request), key, digest)
