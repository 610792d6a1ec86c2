"""What funders pledge, pay in and take back; and what each has in a fund by it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.loans.domain.fund_refusals import PledgeBelowPaid, PledgeExceeded
from services.loans.domain.funders import Funder


@dataclass(frozen=True, slots=True)
class PlannedPayment:
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Pledge:
    """Known by its funder and its convention; what that funder pays in under that convention is paid on it.

    `planned` adds up to the pledge, by date; empty where the convention says nothing of it.
    """

    id: UUID
    fund_id: UUID
    funder: Funder
    convention: str
    amount_cents: int
    signed_on: date
    planned: tuple[PlannedPayment, ...]
    created_at: datetime
    paid_cents: int = 0

    @property
    def left_cents(self) -> int:
        return self.amount_cents - self.paid_cents


@dataclass(frozen=True, slots=True)
class Contribution:
    id: UUID
    fund_id: UUID
    funder: Funder
    convention: str
    amount_cents: int
    paid_on: date
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A share of a fund that its funder takes back."""

    id: UUID
    fund_id: UUID
    funder: Funder
    amount_cents: int
    withdrawn_on: date
    reference: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Stake:
    """Paid in, or, below zero, taken back."""

    funder_id: UUID
    on: date
    signed_cents: int


def check_pledge(pledge: Pledge, paid: Sequence[Contribution], *, today: date) -> None:
    """`paid`: what its funder has paid in under its convention before it was recorded."""
    require_past(DateField.SIGNED_ON, pledge.signed_on, today)
    if pledge.planned and sum(payment.amount_cents for payment in pledge.planned) != pledge.amount_cents:
        raise InvalidInput(
            "/planned_payments",
            Text(
                "les versements prévus font {planned_cents}, et l'engagement est de {pledged_cents}",
                "planned payments add up to {planned_cents}, and the pledge is of {pledged_cents}",
            ),
            planned_cents=sum(payment.amount_cents for payment in pledge.planned),
            pledged_cents=pledge.amount_cents,
        )
    for contribution in paid:
        require_order(DateField.SIGNED_ON, pledge.signed_on, DateField.PAID_ON, contribution.paid_on)
    paid_cents = sum(contribution.amount_cents for contribution in paid)
    if paid_cents > pledge.amount_cents:
        raise PledgeBelowPaid(
            convention=pledge.convention, pledged_cents=pledge.amount_cents, paid_cents=paid_cents
        )


def check_payment(pledge: Pledge, *, amount_cents: int, paid_on: date) -> None:
    """In one or more payments, never more than was pledged."""
    require_order(DateField.SIGNED_ON, pledge.signed_on, DateField.PAID_ON, paid_on)
    if amount_cents > pledge.left_cents:
        raise PledgeExceeded(
            convention=pledge.convention,
            pledged_cents=pledge.amount_cents,
            paid_cents=pledge.paid_cents,
            left_cents=pledge.left_cents,
            amount_cents=amount_cents,
        )


def paid_on_plan(pledge: Pledge) -> list[int]:
    """What is paid of each planned payment: the first ones first."""
    left_cents, paid = pledge.paid_cents, []
    for payment in pledge.planned:
        paid.append(min(payment.amount_cents, left_cents))
        left_cents -= paid[-1]
    return paid


def held_by(stakes: Iterable[Stake], on: date | None = None) -> dict[UUID, int]:
    """Paid in less taken back on a date, or ever: the weights of shares. Who has nothing is absent.

    In the order of `stakes`, which is that of conventions.
    """
    held: dict[UUID, int] = {}
    for stake in stakes:
        if on is None or stake.on <= on:
            held[stake.funder_id] = held.get(stake.funder_id, 0) + stake.signed_cents
    return {funder_id: cents for funder_id, cents in held.items() if cents > 0}
