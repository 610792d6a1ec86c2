"""Documents as rows of a service's own table: whose they are is the service's to say, as conditions."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.refusals import NotFound
from services.runtime.documents.document import Document, DocumentLimits
from services.runtime.documents.refusals import DocumentElement, DocumentsTooLarge, TooManyDocuments

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Held:
    """What a dossier has of documents, those removed aside."""

    count: int
    size_bytes: int

    def require_room(self, size_bytes: int, limits: DocumentLimits) -> None:
        """For one more document of that size."""
        if self.count >= limits.most_of_dossier:
            raise TooManyDocuments(limit=limits.most_of_dossier)
        room_bytes = max(0, limits.most_bytes_of_dossier - self.size_bytes)
        if size_bytes > room_bytes:
            raise DocumentsTooLarge(
                limit_bytes=limits.most_bytes_of_dossier, room_bytes=room_bytes, size_bytes=size_bytes
            )


async def add(session: AsyncSession, table: Table, document: Document, **owner: Any) -> None:
    """`owner` are the columns that say whose it is."""
    await session.execute(
        insert(table).values(
            id=document.id,
            **owner,
            kind=document.kind,
            label=document.label,
            name=document.name,
            media_type=document.media_type,
            size_bytes=document.size_bytes,
            sha256=document.sha256,
            created_at=document.created_at,
        )
    )


async def held(session: AsyncSession, table: Table, *of: Condition) -> Held:
    """Under the dossier's lock: nobody adds one meanwhile."""
    query = select(func.count(), func.coalesce(func.sum(table.c.size_bytes), 0)).where(
        *of, table.c.removed_on.is_(None)
    )
    number, size_bytes = (await session.execute(query)).one()
    return Held(int(number), int(size_bytes))


async def find(session: AsyncSession, table: Table, document_id: UUID, *of: Condition) -> Document:
    row = (await session.execute(select(table).where(table.c.id == document_id, *of))).one_or_none()
    if row is None:
        raise NotFound(what=DocumentElement.DOCUMENT, id=document_id)
    return _to_document(row)


async def page(
    session: AsyncSession, table: Table, *of: Condition, after: UUID | None, limit: int
) -> list[Document]:
    """As they were attached, one more than `limit` where there is a next page."""
    query = select(table).where(*of).order_by(table.c.id).limit(limit + 1)
    if after is not None:
        query = query.where(table.c.id > after)
    return [_to_document(row) for row in await session.execute(query)]


async def count(session: AsyncSession, table: Table, *of: Condition) -> int:
    query = select(func.count()).select_from(table).where(*of)
    return int((await session.execute(query)).scalar_one())


async def remove(session: AsyncSession, table: Table, document: Document) -> None:
    await session.execute(
        update(table).where(table.c.id == document.id).values(removed_on=document.removed_on)
    )


def _to_document(row: Row[Any]) -> Document:
    return Document(
        id=row.id,
        kind=row.kind,
        label=row.label,
        name=row.name,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        created_at=row.created_at,
        removed_on=row.removed_on,
    )
