"""The transfers of CAEs that a caller sees, and the repayments that each covers."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.remittance import Remittance, RemittedRepayment
from services.loans.persistence import remittances
from services.loans.persistence.remittances import RemittanceFilter


async def read_remittance(
    session: AsyncSession, caller: Caller, remittance_id: UUID
) -> tuple[Remittance, list[RemittedRepayment]]:
    require(caller, Act.READ_REMITTANCE)
    remittance = await remittances.find(session, remittance_id, caller.scope)
    return remittance, await remittances.repayments_of(session, remittance_id)


async def list_remittances(
    session: AsyncSession, caller: Caller, wanted: RemittanceFilter, *, after: UUID | None, limit: int
) -> list[Remittance]:
    """Newest first; one more than `limit` where there is a next page."""
    require(caller, Act.READ_REMITTANCE)
    return await remittances.page(session, caller.scope, wanted, after=after, limit=limit)


async def count_remittances(session: AsyncSession, caller: Caller, wanted: RemittanceFilter) -> int:
    require(caller, Act.READ_REMITTANCE)
    return await remittances.count(session, caller.scope, wanted)
