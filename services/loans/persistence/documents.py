"""Documents of applications: all but what they hold, which the storage keeps."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.refusals import NotFound
from services.loans.domain.application import Application
from services.loans.domain.draft import Draft
from services.loans.persistence.folders import is_of, owner_values, seen_in
from services.loans.persistence.tables import DocumentRow
from services.loans.persistence.wide_statements import table_of
from services.runtime.documents.document import Document
from services.runtime.documents.refusals import DocumentElement

DOCUMENTS = table_of(DocumentRow)


@dataclass(frozen=True, slots=True)
class Held:
    """What a dossier has of documents, those removed aside."""

    count: int
    size_bytes: int


async def add(session: AsyncSession, dossier: Draft | Application, document: Document) -> None:
    await session.execute(
        insert(DOCUMENTS).values(
            id=document.id,
            **owner_values(dossier),
            kind=document.kind,
            label=document.label,
            name=document.name,
            media_type=document.media_type,
            size_bytes=document.size_bytes,
            sha256=document.sha256,
            created_at=document.created_at,
        )
    )


async def held_by(session: AsyncSession, dossier_id: UUID) -> Held:
    """Under the dossier's lock: nobody adds one meanwhile."""
    query = select(func.count(), func.coalesce(func.sum(DOCUMENTS.c.size_bytes), 0)).where(
        is_of(DOCUMENTS, dossier_id), DOCUMENTS.c.removed_on.is_(None)
    )
    count, size_bytes = (await session.execute(query)).one()
    return Held(int(count), int(size_bytes))


async def find(session: AsyncSession, dossier_id: UUID, document_id: UUID, scope: Scope) -> Document:
    query = select(DOCUMENTS).where(
        DOCUMENTS.c.id == document_id, is_of(DOCUMENTS, dossier_id), *seen_in(DOCUMENTS, scope)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound(what=DocumentElement.DOCUMENT, id=document_id)
    return _to_document(row)


async def page(
    session: AsyncSession, scope: Scope, dossier_id: UUID, *, after: UUID | None, limit: int
) -> list[Document]:
    """As they were attached, one more than `limit` where there is a next page."""
    query = (
        select(DOCUMENTS)
        .where(is_of(DOCUMENTS, dossier_id), *seen_in(DOCUMENTS, scope))
        .order_by(DOCUMENTS.c.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(DOCUMENTS.c.id > after)
    return [_to_document(row) for row in await session.execute(query)]


async def count(session: AsyncSession, scope: Scope, dossier_id: UUID) -> int:
    query = (
        select(func.count())
        .select_from(DOCUMENTS)
        .where(is_of(DOCUMENTS, dossier_id), *seen_in(DOCUMENTS, scope))
    )
    return int((await session.execute(query)).scalar_one())


async def remove(session: AsyncSession, document: Document) -> None:
    await session.execute(
        update(DOCUMENTS).where(DOCUMENTS.c.id == document.id).values(removed_on=document.removed_on)
    )


async def remove_all(session: AsyncSession, draft: Draft, on: date) -> None:
    """Those of a draft that is withdrawn, with what they were called."""
    await session.execute(
        update(DOCUMENTS)
        .where(DOCUMENTS.c.draft_id == draft.id)
        .values(removed_on=func.coalesce(DOCUMENTS.c.removed_on, on), name="", label=None)
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
