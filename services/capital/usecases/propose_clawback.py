"""The operator proposes to take a paid award back: as much as the rule says, or another amount."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.clawbacks import (
    Clawback,
    amount_asked,
    check_proposal_dates,
    check_who_proposes,
    compute,
)
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act, move
from services.capital.domain.payments import Payment
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import clawbacks, payments, top_ups
from services.capital.usecases.dossiers import moved
from services.capital.usecases.locked_clawbacks import lock_top_up, officer_of, version_of
from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeClawback:
    """`amount_cents` is None to ask for what the rule gives. `proposed_on` is today by default, and
    `stayed_until` the day of the proposal.

    `unearned_cents` is the part of the award that nothing stands behind any more: by default, all of it.
    """

    top_up_id: UUID
    reason: str
    amount_cents: int | None = None
    proposed_on: date | None = None
    stayed_until: date | None = None
    unearned_cents: int | None = None


async def propose_clawback(
    session: AsyncSession, caller: Caller, order: ProposeClawback, *, today: date
) -> Clawback:
    require(caller, CapitalAct.PROPOSE_CLAWBACK)
    top_up = await lock_top_up(session, caller, order.top_up_id)
    check_who_proposes(await version_of(session, top_up), officer_of(caller))
    return await propose_of_locked(session, caller, top_up, order, today=today)


async def propose_of_locked(
    session: AsyncSession, caller: Caller, top_up: TopUp, order: ProposeClawback, *, today: date
) -> Clawback:
    """For whoever holds the dossier already, and whose own act proposes: a follow-up."""
    proposed = replace(top_up, status=move(top_up.status, Act.PROPOSE_CLAWBACK), revision=top_up.revision + 1)
    payment, paid_cents = await _payment_of(session, caller, top_up)
    proposed_on = order.proposed_on or today
    stayed_until = order.stayed_until or proposed_on
    check_proposal_dates(
        paid_up_on=top_up.paid_up_on,
        paid_on=payment.paid_on,
        proposed_on=proposed_on,
        stayed_until=stayed_until,
        today=today,
    )
    version = await version_of(session, top_up)
    computation = compute(
        version,
        paid_cents=paid_cents,
        unearned_cents=paid_cents if order.unearned_cents is None else order.unearned_cents,
        paid_on=payment.paid_on,
        until=stayed_until,
    )
    clawback = Clawback(
        id=new_id(),
        top_up_id=top_up.id,
        payment_id=payment.id,
        version_id=version.id,
        computation=computation,
        amount_cents=amount_asked(computation, order.amount_cents),
        reason=order.reason,
        proposed_on=proposed_on,
        proposed_by=officer_of(caller),
        created_at=datetime.now(UTC),
    )
    await clawbacks.insert(session, top_up, clawback)
    await top_ups.save_clawback(session, proposed)
    tell(session, _proposed(top_up, proposed, clawback))
    return clawback


async def _payment_of(session: AsyncSession, caller: Caller, top_up: TopUp) -> tuple[Payment, int]:
    """The payment that settled it, and what of it was for this top-up."""
    payment = await payments.of_top_up(session, top_up.id, caller.scope)
    if payment is None:
        raise RuntimeError(f"top-up {top_up.id} is {top_up.status.value} without a payment")
    return payment, next(line.amount_cents for line in payment.lines if line.top_up_id == top_up.id)


def _proposed(before: TopUp, after: TopUp, clawback: Clawback) -> Fact:
    fact = moved(
        CapitalAct.PROPOSE_CLAWBACK,
        CapitalEvent.TOP_UP_CLAWBACK_PROPOSED,
        before,
        after,
        subject_id=clawback.id,
        note=clawback.reason,
    )
    asked = {
        "computed_cents": clawback.computation.amount_cents,
        "amount_cents": clawback.amount_cents,
        "proposed_on": clawback.proposed_on,
    }
    return replace(fact, after={**fact.after, **asked})
