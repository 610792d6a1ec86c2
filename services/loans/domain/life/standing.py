"""Where a loan stands on a day: a fold, in date order, of the facts that stand on it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from services.loans.domain.life import rearrangement
from services.loans.domain.life.facts import (
    ChangeKind,
    LoanFile,
    ScheduleChange,
    ScheduleFact,
    place_of,
    standing_on,
)
from services.loans.domain.loan import Loan, LoanStatus
from services.loans.domain.repayment import EarlyMode, Repayment, repaid_cents_on
from services.loans.domain.schedule import Allocation, Schedule, allocate, unpaid_due_cents


@dataclass(frozen=True, slots=True)
class Standing:
    """Amounts are of the whole loan, in cents; `schedule` is the one in force."""

    on: date
    disbursed_cents: int
    repaid_cents: int
    written_off_cents: int
    recovered_cents: int
    schedule: Schedule

    @property
    def outstanding_cents(self) -> int:
        return self.disbursed_cents - self.repaid_cents - self.written_off_cents


def stand(file: LoanFile, on: date) -> Standing:
    disbursed_cents = sum(tranche.amount_cents for tranche in file.tranches if tranche.disbursed_on <= on)
    repaid_cents = repaid_cents_on(file.repayments, on)
    is_lost = file.loan.written_off_on is not None and file.loan.written_off_on <= on
    return Standing(
        on=on,
        disbursed_cents=disbursed_cents,
        repaid_cents=repaid_cents,
        written_off_cents=disbursed_cents - repaid_cents if is_lost else 0,
        recovered_cents=sum(
            recovery.amount_cents for recovery in file.recoveries if recovery.received_on <= on
        ),
        schedule=schedule_on(file, on),
    )


def schedule_on(file: LoanFile, on: date) -> Schedule:
    if on < file.starts_on:
        return ()
    if not file.is_rearranged:
        return file.original
    schedule, _ = _fold(file, standing_on(file, on))
    return schedule


def loan_as_of(file: LoanFile, on: date) -> Loan:
    """The loan as its facts known today say that it stood on a past day, from its disbursement on."""
    standing = stand(file, on)
    written_off_on = file.loan.written_off_on
    is_lost = written_off_on is not None and written_off_on <= on
    return replace(
        file.loan,
        principal_cents=standing.disbursed_cents,
        repaid_cents=standing.repaid_cents,
        written_off_cents=standing.written_off_cents,
        recovered_cents=standing.recovered_cents,
        written_off_on=written_off_on if is_lost else None,
        written_off_reason=file.loan.written_off_reason if is_lost else None,
        written_off_cause=file.loan.written_off_cause if is_lost else None,
        schedule=standing.schedule,
        status=status_of(standing),
    )


def status_of(standing: Standing) -> LoanStatus:
    """A loss that a late repayment left without a cent is none."""
    if standing.written_off_cents:
        return LoanStatus.WRITTEN_OFF
    is_repaid = standing.repaid_cents == standing.disbursed_cents
    return LoanStatus.REPAID if is_repaid else LoanStatus.ACTIVE


def allocations_of(file: LoanFile, repayment: Repayment) -> list[Allocation]:
    """The instalments that a repayment covers, on its day, all facts taken in date order.

    Ranks are those of the schedule that the repayment leaves: an early one has a line of its own there.
    """
    on = repayment.paid_on
    if not file.is_rearranged:
        return allocate(file.original, _received_before(file, repayment), repayment.amount_cents)
    before = (
        fact
        for fact in standing_on(file, on)
        if (isinstance(fact, Repayment) and place_of(fact) < place_of(repayment))
        or (isinstance(fact, ScheduleChange) and fact.on < on)
    )
    schedule, received_cents = _fold(file, before)
    if repayment.early:
        schedule = _after_early(schedule, received_cents, repayment, repayment.early)
    return allocate(schedule, received_cents, repayment.amount_cents)


def _received_before(file: LoanFile, repayment: Repayment) -> int:
    return sum(
        other.amount_cents
        for other in file.repayments
        if place_of(other) < place_of(repayment) and other.counts_on(repayment.paid_on)
    )


def _fold(file: LoanFile, facts: Iterable[ScheduleFact]) -> tuple[Schedule, int]:
    """The schedule, and what was received on it."""
    schedule, received_cents = file.original, 0
    for fact in facts:
        if isinstance(fact, ScheduleChange):
            schedule = _changed(schedule, received_cents, fact, anchor=file.starts_on)
            continue
        if fact.early:
            schedule = _after_early(schedule, received_cents, fact, fact.early)
        received_cents += fact.amount_cents
    return schedule, received_cents


def _changed(schedule: Schedule, received_cents: int, change: ScheduleChange, *, anchor: date) -> Schedule:
    match change.kind, change.months:
        case ChangeKind.RESCHEDULING, int(months):
            return rearrangement.reschedule(
                schedule, received_cents, on=change.on, months=months, anchor=anchor
            )
        case ChangeKind.SUSPENSION, int(months):
            return rearrangement.suspend(schedule, received_cents, months=months, anchor=anchor)
        case ChangeKind.ACCELERATION, None:
            return rearrangement.accelerate(schedule, received_cents, on=change.on)
        case _:
            raise ValueError(f"{change.kind} {change.id} over {change.months} months")


def _after_early(schedule: Schedule, received_cents: int, repayment: Repayment, mode: EarlyMode) -> Schedule:
    """What is due is covered first; only the rest rearranges what follows."""
    on = repayment.paid_on
    covered_cents = min(repayment.amount_cents, unpaid_due_cents(schedule, received_cents, on))
    rest_cents = repayment.amount_cents - covered_cents
    if rest_cents == 0:
        return schedule
    rearrange = rearrangement.shorten if mode is EarlyMode.SHORTEN else rearrangement.lower
    return rearrange(schedule, received_cents + covered_cents, on=on, rest_cents=rest_cents)
