"""The documents of a top-up that a caller sees."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.persistence import documents
from services.capital.usecases.read_top_ups import read_top_up
from services.kernel.access import Caller
from services.runtime.documents.document import Document


async def list_documents(
    session: AsyncSession, caller: Caller, top_up_id: UUID, *, after: UUID | None, limit: int
) -> list[Document]:
    """As they were attached; one more than `limit` where there is a next page."""
    require(caller, CapitalAct.READ_DOCUMENT)
    await read_top_up(session, caller, top_up_id)
    return await documents.page(session, caller.scope, top_up_id, after=after, limit=limit)


async def count_documents(session: AsyncSession, caller: Caller, top_up_id: UUID) -> int:
    require(caller, CapitalAct.READ_DOCUMENT)
    return await documents.count(session, caller.scope, top_up_id)


async def read_document(
    session: AsyncSession, caller: Caller, top_up_id: UUID, document_id: UUID
) -> Document:
    require(caller, CapitalAct.READ_DOCUMENT)
    return await documents.find(session, top_up_id, document_id, caller.scope)
