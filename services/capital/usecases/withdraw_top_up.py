"""A CAE, or an operator for it, gives up a request before it is decided: what it kept is free again."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act, move
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.reserving import without_room
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import top_ups
from services.capital.usecases.dossiers import moved
from services.capital.usecases.keep_room import let_go
from services.kernel.access import Caller
from services.kernel.refusals import NotFound
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawTopUp:
    top_up_id: UUID
    reason: str | None = None


async def withdraw_top_up(
    session: AsyncSession, caller: Caller, order: WithdrawTopUp, *, today: date
) -> TopUp:
    require(caller, CapitalAct.WITHDRAW_TOP_UP)
    held = await top_ups.lock_with_schemes(session, [order.top_up_id], caller.scope)
    # A CAE holds only what it may still give up; what was decided it does no more than read.
    top_up = held.get(order.top_up_id) or await top_ups.find(session, order.top_up_id, caller.scope)
    if top_up is None:
        raise NotFound(what=CapitalElement.TOP_UP, id=order.top_up_id)
    status = move(top_up.status, Act.WITHDRAW)
    withdrawn = replace(
        without_room(top_up),
        status=status,
        decided_on=today,
        reason=order.reason,
        revision=top_up.revision + 1,
    )
    await let_go(session, [top_up])
    await top_ups.save_outcome(session, withdrawn)
    act, event = CapitalAct.WITHDRAW_TOP_UP, CapitalEvent.TOP_UP_WITHDRAWN
    tell(session, moved(act, event, top_up, withdrawn, note=order.reason))
    return withdrawn
