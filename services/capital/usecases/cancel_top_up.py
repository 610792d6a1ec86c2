"""The operator cancels an unpaid award: its room is free again, in the periods it was counted in."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain import journal as entries
from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act, move
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import de_minimis, grants, journal, payments, top_ups
from services.capital.usecases.dossiers import moved
from services.capital.usecases.free_room import free_room
from services.kernel.access import Caller
from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.refusals import NotFound
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTopUp:
    """`cancelled_on` is today unless the paper says otherwise."""

    top_up_id: UUID
    reason: str
    cancelled_on: date | None = None


async def cancel_top_up(session: AsyncSession, caller: Caller, order: CancelTopUp, *, today: date) -> TopUp:
    require(caller, CapitalAct.CANCEL_TOP_UP)
    # Locked as for a grant: the scheme's row keeps away a version that would count anew.
    dossiers = await grants.lock(session, [order.top_up_id], caller.scope)
    top_up = dossiers.get(order.top_up_id)
    if top_up is None:
        raise NotFound(what=CapitalElement.TOP_UP, id=order.top_up_id)
    status, cancelled_on = move(top_up.status, Act.CANCEL), order.cancelled_on or today
    if top_up.decided_on is None or top_up.award_cents is None:
        raise RuntimeError(f"top-up {top_up.id} is granted without an award")
    require_past(DateField.CANCELLED_ON, cancelled_on, today)
    require_order(DateField.DECIDED_ON, top_up.decided_on, DateField.CANCELLED_ON, cancelled_on)
    came_back_on = (await payments.last_reversals(session, [top_up.id])).get(top_up.id)
    if came_back_on is not None:
        require_order(DateField.REVERSED_ON, came_back_on, DateField.CANCELLED_ON, cancelled_on)
    cancelled = replace(top_up, status=status, reason=order.reason, revision=top_up.revision + 1)
    await free_room(session, cancelled, top_up.award_cents, top_up.decided_on)
    await de_minimis.lock(session, [top_up.cae.siren])
    await de_minimis.add(session, {top_up.cae.siren: -top_up.award_cents})
    await top_ups.save_outcome(session, cancelled)
    await journal.write(
        session,
        entries.EntryKind.CANCELLATION,
        entries.cancelled(top_up.award_cents),
        entry_on=cancelled_on,
        scheme_id=top_up.scheme_id,
        region=top_up.region,
        cae_siren=top_up.cae.siren,
        top_up_id=top_up.id,
    )
    tell(
        session,
        moved(
            CapitalAct.CANCEL_TOP_UP,
            CapitalEvent.TOP_UP_CANCELLED,
            top_up,
            cancelled,
            note=order.reason,
        ),
    )
    return cancelled
