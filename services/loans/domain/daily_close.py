"""What the close of a day finds of one loan, from the facts dated up to that day.

A day is told once: what an earlier close already found is given back to it, and found no second time. What a
late fact changes of a day gone by is found at the next close.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from services.kernel.identifiers import Siren
from services.loans.domain.arrears import unpaid_instalments
from services.loans.domain.life.borrower_events import CLOSED_AFTER, BorrowerEvent, LoanPath
from services.loans.domain.loan import Loan
from services.loans.domain.promises import Promise, PromiseStatus, status_on
from services.loans.domain.reminders import ReminderPlan, ReminderStep
from services.loans.domain.repayment import Repayment
from services.loans.domain.schedule import Instalment


@dataclass(frozen=True, slots=True)
class DailyClose:
    """Of one region. `after_loan_id` is how far an unfinished close has come; counts are of what was told."""

    region: str
    day: date
    is_first: bool
    started_at: datetime
    after_loan_id: UUID | None = None
    closed_at: datetime | None = None
    due_count: int = 0
    overdue_count: int = 0
    reminder_count: int = 0
    cancelled_reminder_count: int = 0
    broken_promise_count: int = 0
    lapsed_offer_count: int = 0


@dataclass(frozen=True, slots=True)
class LoanToClose:
    """What a close needs of a loan; `unpaid` are its instalments due by then, not wholly paid, in order."""

    id: UUID
    fund_id: UUID
    region: str
    cae_siren: Siren
    repaid_cents: int
    created_at: datetime
    is_imported: bool
    unpaid: tuple[Instalment, ...]

    @classmethod
    def of(cls, loan: Loan, until: date) -> "LoanToClose":
        return cls(
            id=loan.id,
            fund_id=loan.fund_id,
            region=loan.region,
            cae_siren=loan.borrower.cae.siren,
            repaid_cents=loan.repaid_cents,
            created_at=loan.created_at,
            is_imported=loan.application_id is None,
            unpaid=unpaid_instalments(loan, until),
        )


@dataclass(frozen=True, slots=True)
class Spell:
    """An unbroken time of arrears: it began on the due date `since`, and the close of `opened_on` found it.

    Steps of no more than `steps_after` days are not asked for: the loan was that late when it was first seen.
    """

    since: date
    opened_on: date
    steps_after: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What closes have already found of the loan; `steps` are those of the spell, but for cancelled ones."""

    due: Collection[date] = ()
    overdue: Collection[date] = ()
    spell: Spell | None = None
    steps: Collection[int] = ()
    cancelled_steps: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """`silent` were already overdue when the loan was first seen: noted, and told to nobody."""

    due: tuple[Instalment, ...] = ()
    overdue: tuple[Instalment, ...] = ()
    silent: tuple[Instalment, ...] = ()
    spell: Spell | None = None
    step: ReminderStep | None = None

    def starts_spell(self, known: Known) -> bool:
        return self.spell is not None and self.spell != known.spell

    def ends_spell(self, known: Known) -> bool:
        return known.spell is not None and self.spell != known.spell


def is_spared(
    events: Iterable[BorrowerEvent],
    promises: Iterable[Promise],
    repayments: Collection[Repayment],
    day: date,
) -> bool:
    """Nobody is to be reminded of whose borrower died or is insolvent, nor while a promise is pending."""
    if any(event.on <= day and LoanPath.REMIND in CLOSED_AFTER[event.kind] for event in events):
        return True
    return any(
        status_on(promise, repayments, day) is PromiseStatus.PENDING
        for promise in promises
        if promise.promised_on <= day
    )


def newly_broken(promises: Iterable[Promise], repayments: Collection[Repayment], day: date) -> list[Promise]:
    return [
        promise
        for promise in promises
        if promise.broken_told_on is None and status_on(promise, repayments, day) is PromiseStatus.BROKEN
    ]


def find(
    loan: LoanToClose, known: Known, plan: ReminderPlan, day: date, *, is_first_seen: bool, is_spared: bool
) -> Findings:
    """`loan` as it stood on `day`. `is_spared`: nobody is to be reminded of it that day.

    A loan that is first seen comes with a past that nobody was told of as it happened, and is not now: it
    counts as if closed until the day before.
    """
    until = day + timedelta(days=plan.notice_days)
    unpaid = [one for one in loan.unpaid if one.due_on <= until]
    overdue = [one for one in unpaid if one.due_on < day]
    told_from = day - timedelta(days=1) if is_first_seen else date.min
    new = [one for one in overdue if one.due_on not in known.overdue]
    spell = _spell(overdue, known.spell, day, is_first_seen=is_first_seen)
    return Findings(
        due=tuple(one for one in unpaid if one.due_on >= day and one.due_on not in known.due),
        overdue=tuple(one for one in new if one.due_on >= told_from),
        silent=tuple(one for one in new if one.due_on < told_from),
        spell=spell,
        step=None if spell is None or is_spared else _step(plan, spell, known, day),
    )


def _spell(
    overdue: Collection[Instalment], open_spell: Spell | None, day: date, *, is_first_seen: bool
) -> Spell | None:
    since = min((one.due_on for one in overdue), default=None)
    if since is None:
        return None
    if open_spell is not None and open_spell.since == since:
        return open_spell
    days_late = (day - since).days
    return Spell(since, day, days_late if is_first_seen and days_late > 1 else 0)


def _step(plan: ReminderPlan, spell: Spell, known: Known, day: date) -> ReminderStep | None:
    """The last step reached, unless it, or a later one, was already asked for in this spell.

    Only the last: whoever becomes known as forty days late is not sent three reminders at once.
    """
    days_late = (day - spell.since).days
    reached = [step for step in plan.steps if spell.steps_after < step.days <= days_late]
    last = max(reached, key=lambda step: step.days, default=None)
    steps = known.steps if spell == known.spell else ()
    return None if last is None or last.days <= max(steps, default=0) else last
