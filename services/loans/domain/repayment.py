"""Repayments and their reversals: what a loan owes is a pure function of these facts in date order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.loans.domain.refusals import RepaymentAlreadyReversed, RepaymentTooLarge
from services.loans.domain.schedule import Allocation, Instalment, allocate


class PaymentMethod(StrEnum):
    DIRECT_DEBIT = "direct_debit"
    TRANSFER = "transfer"
    CHEQUE = "cheque"
    CASH = "cash"
    PAYROLL = "payroll"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reversal:
    """A payment that came back: a fact of its own, linked to the repayment that it undoes."""

    id: UUID
    reversed_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Repayment:
    """`recorded_rank` orders the loan's repayments as they were recorded; it settles those of one day.

    A reversed repayment stays: it counts from `paid_on` until the day before `reversed_on`.
    """

    id: UUID
    loan_id: UUID
    recorded_rank: int
    amount_cents: int
    paid_on: date
    method: PaymentMethod
    reference: str | None
    reversal: Reversal | None = None

    @property
    def reversed_on(self) -> date | None:
        return self.reversal.reversed_on if self.reversal else None

    def counts_on(self, on: date) -> bool:
        return self.paid_on <= on and (self.reversed_on is None or on < self.reversed_on)


def repaid_cents_on(repayments: Iterable[Repayment], on: date) -> int:
    return sum(repayment.amount_cents for repayment in repayments if repayment.counts_on(on))


def owed_cents_from(principal_cents: int, repayments: Sequence[Repayment], paid_on: date) -> int:
    """The most that a repayment of that date may be: no later day may see more than the principal repaid."""
    turning_days = {paid_on, *(repayment.paid_on for repayment in repayments if repayment.paid_on > paid_on)}
    most_repaid_cents = max(repaid_cents_on(repayments, day) for day in turning_days)
    return principal_cents - most_repaid_cents


def check_repayment(
    principal_cents: int,
    disbursed_on: date,
    repayments: Sequence[Repayment],
    *,
    amount_cents: int,
    paid_on: date,
    today: date,
) -> None:
    require_past(DateField.PAID_ON, paid_on, today)
    require_order(DateField.DISBURSED_ON, disbursed_on, DateField.PAID_ON, paid_on)
    owed_cents = owed_cents_from(principal_cents, repayments, paid_on)
    if amount_cents > owed_cents:
        raise RepaymentTooLarge(owed_cents=owed_cents, amount_cents=amount_cents)


def check_reversal(repayment: Repayment, *, reversed_on: date, today: date) -> None:
    if repayment.reversed_on is not None:
        raise RepaymentAlreadyReversed(reversed_on=repayment.reversed_on)
    require_past(DateField.REVERSED_ON, reversed_on, today)
    require_order(DateField.PAID_ON, repayment.paid_on, DateField.REVERSED_ON, reversed_on)


def allocations_of(
    repayment: Repayment, repayments: Iterable[Repayment], schedule: Sequence[Instalment]
) -> list[Allocation]:
    """The instalments that a repayment covers when the loan's facts are taken in date order."""
    before_cents = sum(
        other.amount_cents
        for other in repayments
        if (other.paid_on, other.recorded_rank) < (repayment.paid_on, repayment.recorded_rank)
        and other.counts_on(repayment.paid_on)
    )
    return allocate(schedule, before_cents, repayment.amount_cents)
