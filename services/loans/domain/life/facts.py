"""The dated facts of a loan, as recorded: late, in any order, and never edited.

A reversed repayment stands from its own date until the day before its reversal. From then on it never
happened: what the loan owes, and by which schedule, is what the other facts give.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from uuid import UUID

from services.kernel.language import Word
from services.loans.domain.life.borrower_events import BorrowerEvent
from services.loans.domain.loan import Loan
from services.loans.domain.refusals import LoanNotWhollyDisbursed
from services.loans.domain.repayment import Repayment
from services.loans.domain.schedule import Schedule
from services.loans.domain.shares import Shares


@dataclass(frozen=True, slots=True)
class Tranche:
    """A part of the principal that left the fund; the first is the disbursement itself."""

    id: UUID
    amount_cents: int
    disbursed_on: date
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class TrancheEnd:
    """What was granted and had not left by then never will: what has left is the loan."""

    ended_on: date
    reason: str


class ChangeKind(Word):
    RESCHEDULING = "rescheduling", "rééchelonnement", "rescheduling"
    SUSPENSION = "suspension", "suspension", "suspension"
    ACCELERATION = "acceleration", "déchéance du terme", "acceleration"


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """What an officer decided of the schedule from `on`.

    `months` is the number of new instalments of a rescheduling, or of months of a suspension; an acceleration
    has none, and tells when the borrower was given notice. `is_plan` where a court or a commission set it.
    """

    id: UUID
    loan_id: UUID
    kind: ChangeKind
    on: date
    reason: str
    months: int | None = None
    noticed_on: date | None = None
    is_plan: bool = False


@dataclass(frozen=True, slots=True)
class Recovery:
    """Money that came after the loss."""

    id: UUID
    loan_id: UUID
    amount_cents: int
    received_on: date
    reference: str | None


@dataclass(frozen=True, slots=True)
class LoanFile:
    """A loan with all its facts, each kind in its order of recording; `loan` is what they give together.

    `original` is the schedule that the disbursement made, empty until the last tranche has left or the rest
    is given up.
    """

    loan: Loan
    shares: Shares
    original: Schedule
    tranches: tuple[Tranche, ...]
    repayments: tuple[Repayment, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    changes: tuple[ScheduleChange, ...] = ()
    tranche_end: TrancheEnd | None = None
    events: tuple[BorrowerEvent, ...] = ()

    @property
    def left_to_disburse_cents(self) -> int:
        """Granted, promised by the fund, and not yet paid."""
        if self.tranche_end is not None:
            return 0
        return self.loan.terms.amount_cents - sum(tranche.amount_cents for tranche in self.tranches)

    @property
    def starts_on(self) -> date:
        """The schedule is counted from the last tranche."""
        return max(tranche.disbursed_on for tranche in self.tranches)

    @property
    def is_rearranged(self) -> bool:
        """Whether any fact has changed, or may have changed, the schedule of the disbursement."""
        return bool(self.changes) or any(repayment.early for repayment in self.repayments)

    @property
    def turning_days(self) -> list[date]:
        """The days on which what the loan owes, or by which schedule, may change by a fact."""
        days = {tranche.disbursed_on for tranche in self.tranches}
        days.update(repayment.paid_on for repayment in self.repayments)
        days.update(repayment.reversed_on for repayment in self.repayments if repayment.reversed_on)
        days.update(change.on for change in self.changes)
        days.update(recovery.received_on for recovery in self.recoveries)
        if self.loan.written_off_on is not None:
            days.add(self.loan.written_off_on)
        return sorted(days)


def require_schedule(file: LoanFile) -> None:
    if not file.original:
        raise LoanNotWhollyDisbursed(
            disbursed_cents=file.loan.principal_cents, granted_cents=file.loan.terms.amount_cents
        )


class Precedence(IntEnum):
    """Which of two facts of one day comes first: money received that day is there when officers decide."""

    REPAYMENT = 0
    CHANGE = 1


ScheduleFact = Repayment | ScheduleChange
Place = tuple[date, Precedence, int]


def place_of(repayment: Repayment) -> Place:
    return (repayment.paid_on, Precedence.REPAYMENT, repayment.recorded_rank)


def standing_on(file: LoanFile, on: date) -> Iterator[ScheduleFact]:
    """In date order, the repayments and changes that stand on a day."""
    facts: list[tuple[Place, ScheduleFact]] = [
        (place_of(repayment), repayment) for repayment in file.repayments if repayment.counts_on(on)
    ]
    facts += [
        ((change.on, Precedence.CHANGE, rank), change)
        for rank, change in enumerate(file.changes)
        if change.on <= on
    ]
    for _, fact in sorted(facts, key=lambda placed: placed[0]):
        yield fact


def in_order_from(file: LoanFile) -> date:
    """The first day from which a new ordinary repayment is surely the last of the loan's facts."""
    return max(
        file.starts_on,
        max((repayment.paid_on for repayment in file.repayments), default=date.min),
        max((taken.reversed_on for taken in file.repayments if taken.reversed_on), default=date.min),
        max((change.on + timedelta(days=1) for change in file.changes), default=date.min),
    )
