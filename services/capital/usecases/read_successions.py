"""Which CAEs merged into others, as far as the caller may see: a CAE those that it is a side of."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.successions import Succession
from services.capital.persistence import successions
from services.kernel.access import Caller
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound


async def read_succession(session: AsyncSession, caller: Caller, succession_id: UUID) -> Succession:
    require(caller, CapitalAct.READ_SUCCESSIONS)
    found = await successions.find(session, succession_id, caller.scope)
    if found is None:
        raise NotFound(what=CapitalElement.SUCCESSION, id=succession_id)
    return found


async def list_successions(
    session: AsyncSession, caller: Caller, *, siren: Siren | None, after: UUID | None, limit: int
) -> list[Succession]:
    """As they were recorded; one more than `limit` where there is a next page."""
    require(caller, CapitalAct.READ_SUCCESSIONS)
    return await successions.page(session, caller.scope, siren=siren, after=after, limit=limit)


async def count_successions(session: AsyncSession, caller: Caller, *, siren: Siren | None) -> int:
    require(caller, CapitalAct.READ_SUCCESSIONS)
    return await successions.count(session, caller.scope, siren=siren)
