"""The operator refuses a request: what it kept is free again."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act, move
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.reserving import without_room
from services.capital.domain.top_ups import TopUp, check_decision_date
from services.capital.persistence import top_ups
from services.capital.usecases.dossiers import moved
from services.capital.usecases.keep_room import let_go
from services.kernel.access import Caller
from services.kernel.refusals import NotFound
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseTopUp:
    """`decided_on` is today unless the paper says otherwise."""

    top_up_id: UUID
    reason: str
    decided_on: date | None = None


async def refuse_top_up(session: AsyncSession, caller: Caller, order: RefuseTopUp, *, today: date) -> TopUp:
    require(caller, CapitalAct.REFUSE_TOP_UP)
    found = await top_ups.lock_with_schemes(session, [order.top_up_id], caller.scope)
    top_up = found.get(order.top_up_id)
    if top_up is None:
        raise NotFound(what=CapitalElement.TOP_UP, id=order.top_up_id)
    status, decided_on = move(top_up.status, Act.REFUSE), order.decided_on or today
    check_decision_date(top_up.paid_up_on, top_up.requested_on, decided_on, today)
    refused = replace(
        without_room(top_up),
        status=status,
        decided_on=decided_on,
        reason=order.reason,
        revision=top_up.revision + 1,
    )
    await let_go(session, [top_up])
    await top_ups.save_outcome(session, refused)
    tell(
        session,
        moved(
            CapitalAct.REFUSE_TOP_UP,
            CapitalEvent.TOP_UP_REFUSED,
            top_up,
            refused,
            note=order.reason,
        ),
    )
    return refused
