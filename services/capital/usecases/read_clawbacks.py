"""Reading clawbacks, narrowed to what the caller may see; partners read no free text."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, may_read_names, require
from services.capital.domain.clawbacks import Clawback
from services.capital.domain.refusals import CapitalElement
from services.capital.persistence import clawbacks
from services.capital.usecases.read_top_ups import read_top_up
from services.kernel.access import Caller
from services.kernel.refusals import NotFound


async def read_clawback(session: AsyncSession, caller: Caller, top_up_id: UUID) -> Clawback:
    await read_top_up(session, caller, top_up_id)
    found = await read_clawbacks(session, caller, [top_up_id])
    if top_up_id not in found:
        raise NotFound(what=CapitalElement.CLAWBACK, id=top_up_id)
    return found[top_up_id]


async def read_clawbacks(
    session: AsyncSession, caller: Caller, top_up_ids: Collection[UUID]
) -> dict[UUID, Clawback]:
    """By the top-up; those without one, or whose proposal was withdrawn, are absent."""
    require(caller, CapitalAct.READ_CLAWBACK)
    found = await clawbacks.current(session, top_up_ids, caller.scope)
    return {top_up_id: _shown(caller, clawback) for top_up_id, clawback in found.items()}


def _shown(caller: Caller, clawback: Clawback) -> Clawback:
    if may_read_names(caller):
        return clawback
    receipts = tuple(replace(receipt, reference=None) for receipt in clawback.receipts)
    return replace(clawback, reason=None, waiver_reason=None, receipts=receipts)
