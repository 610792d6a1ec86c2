"""The operator records what was seen of a paid award's capital, or corrects what was recorded wrongly.

An answer for the last milestone closes the top-up; one that tells of an early end proposes the clawback.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.clawbacks import Clawback
from services.capital.domain.events import CapitalEvent
from services.capital.domain.follow_up_refusals import FollowUpAlreadyCorrected, FollowUpAlreadyRecorded
from services.capital.domain.follow_ups import (
    Check,
    Finding,
    Followed,
    FollowUp,
    find,
    is_complete,
    reason_of,
)
from services.capital.domain.lifecycle import Act, TopUpStatus, move
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import clawbacks, follow_ups
from services.capital.persistence.follow_ups import PaidBy
from services.capital.usecases.dossiers import moved
from services.capital.usecases.locked_clawbacks import lock_top_up, version_of
from services.capital.usecases.propose_clawback import ProposeClawback, propose_of_locked
from services.capital.usecases.withdraw_clawback import WithdrawClawback, withdraw_clawback
from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.kernel.language import Language, Text
from services.kernel.refusals import NotFound
from services.runtime.history.facts import Fact, tell

OF_THE_PERSON = ("still_member", "left_on", "capital_withdrawn_on", "evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFollowUp:
    """`corrects` is the wrong answer that this one stands for from now on."""

    top_up_id: UUID
    check: Check
    corrects: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFollowUp:
    """`status` is what the top-up has become; `clawback` what the answer proposes to take back."""

    follow_up: FollowUp
    status: TopUpStatus
    clawback: Clawback | None


async def record_follow_up(
    session: AsyncSession, caller: Caller, order: RecordFollowUp, *, today: date
) -> RecordedFollowUp:
    require(caller, CapitalAct.RECORD_FOLLOW_UP)
    locked = await lock_top_up(session, caller, order.top_up_id)
    standing = await follow_ups.standing(session, locked.id)
    corrected = await _corrected(session, standing, order)
    before = await _open(session, caller, locked, corrected, today)
    others = [answer for answer in standing if answer is not corrected]
    _require_another_day(others, order.check)
    payment, followed = await _followed(session, before)
    finding = find(followed, order.check, today=today)
    after = _proven(before, followed, finding, others)
    follow_up = _follow_up(order, payment, finding)
    await follow_ups.save_proof(session, after)
    tell(session, *_facts(before, after, follow_up))
    clawback = None
    if finding.ended_on is not None:
        proposal = ProposeClawback(
            top_up_id=after.id,
            reason=reason_of(order.check, finding),
            stayed_until=finding.ended_on,
            unearned_cents=finding.unearned_cents,
        )
        clawback = await propose_of_locked(session, caller, after, proposal, today=today)
        after = replace(after, status=move(after.status, Act.PROPOSE_CLAWBACK))
        follow_up = replace(follow_up, clawback_id=clawback.id)
    await follow_ups.insert(session, follow_up, after)
    return RecordedFollowUp(follow_up=follow_up, status=after.status, clawback=clawback)


async def _corrected(
    session: AsyncSession, standing: Sequence[FollowUp], order: RecordFollowUp
) -> FollowUp | None:
    if order.corrects is None:
        return None
    for answer in standing:
        if answer.id == order.corrects:
            return answer
    found = await follow_ups.find(session, order.corrects, order.top_up_id)
    if found is None:
        raise NotFound(what=CapitalElement.FOLLOW_UP, id=order.corrects)
    raise FollowUpAlreadyCorrected(corrected_by=found.corrected_by)


async def _open(
    session: AsyncSession, caller: Caller, locked: TopUp, corrected: FollowUp | None, today: date
) -> TopUp:
    """As it may still be followed up: a correction undoes what the wrong answer alone had brought about."""
    if corrected is not None and locked.status is TopUpStatus.CLOSED:
        move(locked.status, Act.REOPEN)
        return locked
    if corrected is not None and corrected.clawback_id is not None:
        current = (await clawbacks.current(session, [locked.id], caller.scope)).get(locked.id)
        if current is not None and current.id == corrected.clawback_id:
            reason = _CORRECTED.render(Language.FRENCH, {"checked_on": corrected.check.checked_on})
            order = WithdrawClawback(top_up_id=locked.id, reason=reason)
            await withdraw_clawback(session, caller, order, today=today)
            return await lock_top_up(session, caller, locked.id)
    move(locked.status, Act.FOLLOW_UP)
    return locked


def _require_another_day(others: Sequence[FollowUp], check: Check) -> None:
    for answer in others:
        if answer.check.checked_on == check.checked_on:
            raise FollowUpAlreadyRecorded(checked_on=check.checked_on, follow_up_id=answer.id)


async def _followed(session: AsyncSession, top_up: TopUp) -> tuple[PaidBy, Followed]:
    payment = await follow_ups.payment_of(session, top_up.id)
    if payment is None or top_up.award_cents is None:
        raise RuntimeError(f"top-up {top_up.id} is {top_up.status.value} without a payment")
    return payment, Followed(
        award_cents=top_up.award_cents,
        claim=top_up.claim,
        rules=await version_of(session, top_up),
        paid_on=payment.paid_on,
    )


def _proven(before: TopUp, followed: Followed, finding: Finding, others: Sequence[FollowUp]) -> TopUp:
    """By all the answers that stand: closed once one of them is for the last milestone."""
    proven = [*(answer.proven_months for answer in others), finding.proven_months]
    is_closed = is_complete(followed.rules, proven) and not finding.ended_early
    return replace(
        before,
        status=move(TopUpStatus.PAID, Act.CLOSE) if is_closed else TopUpStatus.PAID,
        proven_months=max(proven),
        revision=before.revision + 1,
    )


def _follow_up(order: RecordFollowUp, payment: PaidBy, finding: Finding) -> FollowUp:
    return FollowUp(
        id=new_id(),
        top_up_id=order.top_up_id,
        payment_id=payment.payment_id,
        check=order.check,
        proven_months=finding.proven_months,
        ended_early=finding.ended_early,
        unearned_cents=finding.unearned_cents,
        clawback_id=None,
        corrects=order.corrects,
        corrected_by=None,
        created_at=datetime.now(UTC),
    )


def _facts(before: TopUp, after: TopUp, follow_up: FollowUp) -> Iterator[Fact]:
    """A top-up that this answer closes is told of twice: that it was followed up, and that it is closed."""
    is_closing = after.status is TopUpStatus.CLOSED and before.status is not TopUpStatus.CLOSED
    seen = replace(after, status=before.status) if is_closing else after
    act = CapitalAct.RECORD_FOLLOW_UP
    is_correction = follow_up.corrects is not None
    event = CapitalEvent.TOP_UP_FOLLOW_UP_CORRECTED if is_correction else CapitalEvent.TOP_UP_FOLLOWED_UP
    fact = moved(act, event, before, seen, subject_id=follow_up.id)
    told = {
        "checked_on": follow_up.check.checked_on,
        "capital_kept_cents": follow_up.check.capital_kept_cents,
        "proven_months": follow_up.proven_months,
        "corrects": follow_up.corrects,
    }
    given = (name for name in OF_THE_PERSON if getattr(follow_up.check, name) is not None)
    yield replace(
        fact,
        after={**fact.after, **{name: value for name, value in told.items() if value is not None}},
        personal_fields=tuple(given),
    )
    if is_closing:
        yield moved(act, CapitalEvent.TOP_UP_CLOSED, seen, after, subject_id=follow_up.id)


_CORRECTED = Text("Le suivi du {checked_on} est corrigé.", "The follow-up of {checked_on} is corrected.")
