"""Documents of applications: all but what they hold, which the storage keeps."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.domain.application import Application
from services.loans.domain.draft import Draft
from services.loans.persistence.folders import is_of, owner_values, seen_in
from services.loans.persistence.tables import DocumentRow
from services.loans.persistence.wide_statements import table_of
from services.runtime.documents import rows
from services.runtime.documents.document import Document
from services.runtime.documents.rows import Held

DOCUMENTS = table_of(DocumentRow)


async def add(session: AsyncSession, dossier: Draft | Application, document: Document) -> None:
    await rows.add(session, DOCUMENTS, document, **owner_values(dossier))


async def held_by(session: AsyncSession, dossier_id: UUID) -> Held:
    """Under the dossier's lock: nobody adds one meanwhile."""
    return await rows.held(session, DOCUMENTS, is_of(DOCUMENTS, dossier_id))


async def find(session: AsyncSession, dossier_id: UUID, document_id: UUID, scope: Scope) -> Document:
    return await rows.find(session, DOCUMENTS, document_id, *_seen(dossier_id, scope))


async def page(
    session: AsyncSession, scope: Scope, dossier_id: UUID, *, after: UUID | None, limit: int
) -> list[Document]:
    """As they were attached, one more than `limit` where there is a next page."""
    return await rows.page(session, DOCUMENTS, *_seen(dossier_id, scope), after=after, limit=limit)


async def count(session: AsyncSession, scope: Scope, dossier_id: UUID) -> int:
    return await rows.count(session, DOCUMENTS, *_seen(dossier_id, scope))


async def remove(session: AsyncSession, document: Document) -> None:
    await rows.remove(session, DOCUMENTS, document)


async def remove_all(session: AsyncSession, draft: Draft, on: date) -> None:
    """Those of a draft that is withdrawn, with what they were called."""
    await session.execute(
        update(DOCUMENTS)
        .where(DOCUMENTS.c.draft_id == draft.id)
        .values(removed_on=func.coalesce(DOCUMENTS.c.removed_on, on), name="", label=None)
    )


def _seen(dossier_id: UUID, scope: Scope) -> tuple[rows.Condition, ...]:
    return (is_of(DOCUMENTS, dossier_id), *seen_in(DOCUMENTS, scope))
