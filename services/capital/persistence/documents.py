"""Documents of top-ups: all but what they hold, which the storage keeps."""

from uuid import UUID

from sqlalchemy import false
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp
from services.capital.persistence import tables
from services.kernel.access import Scope
from services.runtime.documents import rows
from services.runtime.documents.document import Document
from services.runtime.documents.rows import Held

DOCUMENTS = tables.documents


async def add(session: AsyncSession, top_up: TopUp, document: Document) -> None:
    owner = {"top_up_id": top_up.id, "region": top_up.region, "cae_siren": top_up.cae.siren}
    await rows.add(session, DOCUMENTS, document, **owner)


async def held_by(session: AsyncSession, top_up_id: UUID) -> Held:
    """Under the dossier's lock: nobody adds one meanwhile."""
    return await rows.held(session, DOCUMENTS, DOCUMENTS.c.top_up_id == top_up_id)


async def find(session: AsyncSession, top_up_id: UUID, document_id: UUID, scope: Scope) -> Document:
    return await rows.find(session, DOCUMENTS, document_id, *_seen(top_up_id, scope))


async def page(
    session: AsyncSession, scope: Scope, top_up_id: UUID, *, after: UUID | None, limit: int
) -> list[Document]:
    """As they were attached, one more than `limit` where there is a next page."""
    return await rows.page(session, DOCUMENTS, *_seen(top_up_id, scope), after=after, limit=limit)


async def count(session: AsyncSession, scope: Scope, top_up_id: UUID) -> int:
    return await rows.count(session, DOCUMENTS, *_seen(top_up_id, scope))


async def remove(session: AsyncSession, document: Document) -> None:
    await rows.remove(session, DOCUMENTS, document)


def _seen(top_up_id: UUID, scope: Scope) -> tuple[rows.Condition, ...]:
    """Between an operator and a CAE: no role that is narrowed otherwise reads them."""
    conditions = [DOCUMENTS.c.top_up_id == top_up_id]
    if scope.regions is not None:
        conditions.append(DOCUMENTS.c.region.in_(sorted(scope.regions)))
    if scope.cae_siren is not None:
        conditions.append(DOCUMENTS.c.cae_siren == scope.cae_siren)
    if scope.funder_siren is not None:
        conditions.append(false())
    return tuple(conditions)
