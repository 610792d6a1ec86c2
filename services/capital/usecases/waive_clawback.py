"""The operator gives up a clawback, or what of it has not come back."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain import journal as entries
from services.capital.domain.access import CapitalAct, require
from services.capital.domain.clawbacks import Clawback, check_waiver, check_who_waives
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act
from services.capital.persistence import clawbacks, journal, top_ups
from services.capital.usecases.dossiers import moved
from services.capital.usecases.locked_clawbacks import lock_clawback, officer_of
from services.kernel.access import Caller
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveClawback:
    """`waived_on` is today unless the paper says otherwise."""

    top_up_id: UUID
    reason: str
    waived_on: date | None = None


async def waive_clawback(
    session: AsyncSession, caller: Caller, order: WaiveClawback, *, today: date
) -> Clawback:
    """What came back stays with the co-funders, and its room free."""
    require(caller, CapitalAct.WAIVE_CLAWBACK)
    locked = await lock_clawback(session, caller, order.top_up_id, Act.WAIVE_CLAWBACK)
    check_who_waives(locked.version, officer_of(caller), proposed_by=locked.clawback.proposed_by)
    waived_on = order.waived_on or today
    check_waiver(locked.clawback, waived_on, today)
    waived = replace(locked.clawback, waived_on=waived_on, waiver_reason=order.reason)
    top_up = locked.top_up
    after = replace(top_up, status=locked.status, revision=top_up.revision + 1)
    await clawbacks.save(session, waived)
    await top_ups.save_clawback(session, after)
    if waived.confirmed_on is not None:
        await journal.write(
            session,
            entries.EntryKind.CLAWBACK_WAIVER,
            entries.clawback_waived(waived.waived_cents),
            entry_on=waived_on,
            scheme_id=top_up.scheme_id,
            region=top_up.region,
            cae_siren=top_up.cae.siren,
            top_up_id=top_up.id,
        )
    act, event = CapitalAct.WAIVE_CLAWBACK, CapitalEvent.TOP_UP_CLAWBACK_WAIVED
    fact = moved(act, event, top_up, after, subject_id=waived.id, note=order.reason)
    tell(session, replace(fact, after={**fact.after, "waived_cents": waived.waived_cents}))
    return waived
