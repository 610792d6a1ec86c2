"""Repayments and their reversals: what a loan owes is a pure function of these facts in date order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.loans.domain.refusals import RepaymentAlreadyReversed


class PaymentMethod(StrEnum):
    DIRECT_DEBIT = "direct_debit"
    TRANSFER = "transfer"
    CHEQUE = "cheque"
    CASH = "cash"
    PAYROLL = "payroll"
    OTHER = "other"


class EarlyMode(StrEnum):
    """What an early repayment does to what follows, once what is due is covered."""

    SHORTEN = "shorten"
    LOWER = "lower"


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
    early: EarlyMode | None = None

    @property
    def reversed_on(self) -> date | None:
        return self.reversal.reversed_on if self.reversal else None

    def counts_on(self, on: date) -> bool:
        return self.paid_on <= on and (self.reversed_on is None or on < self.reversed_on)


def repaid_cents_on(repayments: Iterable[Repayment], on: date) -> int:
    return sum(repayment.amount_cents for repayment in repayments if repayment.counts_on(on))


def check_reversal(repayment: Repayment, *, reversed_on: date, today: date) -> None:
    if repayment.reversed_on is not None:
        raise RepaymentAlreadyReversed(reversed_on=repayment.reversed_on)
    require_past(DateField.REVERSED_ON, reversed_on, today)
    require_order(DateField.PAID_ON, repayment.paid_on, DateField.REVERSED_ON, reversed_on)
