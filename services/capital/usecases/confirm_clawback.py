"""The operator confirms a proposed clawback: from then on the CAE owes it."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain import journal as entries
from services.capital.domain.access import CapitalAct, require
from services.capital.domain.clawbacks import Clawback, amount_asked, check_confirmation
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import clawbacks, journal, top_ups
from services.capital.usecases.dossiers import moved
from services.capital.usecases.locked_clawbacks import LockedClawback, lock_clawback
from services.kernel.access import Caller
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmClawback:
    """`amount_cents` is what was proposed unless said otherwise; `confirmed_on` is today."""

    top_up_id: UUID
    amount_cents: int | None = None
    confirmed_on: date | None = None


async def confirm_clawback(
    session: AsyncSession, caller: Caller, order: ConfirmClawback, *, today: date
) -> Clawback:
    require(caller, CapitalAct.CONFIRM_CLAWBACK)
    locked = await lock_clawback(session, caller, order.top_up_id, Act.CONFIRM_CLAWBACK)
    confirmed_on = order.confirmed_on or today
    check_confirmation(locked.clawback, confirmed_on, today)
    amount_cents = locked.clawback.amount_cents
    if order.amount_cents is not None:
        amount_cents = amount_asked(locked.clawback.computation, order.amount_cents)
    confirmed = replace(locked.clawback, amount_cents=amount_cents, confirmed_on=confirmed_on)
    after = replace(locked.top_up, status=locked.status, revision=locked.top_up.revision + 1)
    await clawbacks.save(session, confirmed)
    await top_ups.save_clawback(session, after)
    await book_confirmation(session, after, confirmed)
    fact = moved(
        CapitalAct.CONFIRM_CLAWBACK,
        CapitalEvent.TOP_UP_CLAWBACK_CONFIRMED,
        locked.top_up,
        after,
        subject_id=confirmed.id,
    )
    tell(session, replace(fact, after={**fact.after, "amount_cents": amount_cents, "on": confirmed_on}))
    return confirmed


async def confirmed_by_receipt(session: AsyncSession, locked: LockedClawback, received_on: date) -> Clawback:
    """Money that came says that the proposal holds, where nobody had confirmed it."""
    if locked.clawback.confirmed_on is not None:
        return locked.clawback
    confirmed = replace(locked.clawback, confirmed_on=max(received_on, locked.clawback.proposed_on))
    await book_confirmation(session, locked.top_up, confirmed)
    return confirmed


async def book_confirmation(session: AsyncSession, top_up: TopUp, confirmed: Clawback) -> None:
    if confirmed.confirmed_on is None:
        raise ValueError(f"clawback {confirmed.id} is not confirmed")
    await journal.write(
        session,
        entries.EntryKind.CLAWBACK,
        entries.clawback_confirmed(confirmed.amount_cents),
        entry_on=confirmed.confirmed_on,
        scheme_id=top_up.scheme_id,
        region=top_up.region,
        cae_siren=top_up.cae.siren,
        top_up_id=top_up.id,
    )
