"""A funder's statement of a fund over a period: its cash in it, and what borrowers owe it.

Of cash, opening + paid in - withdrawn - disbursed + repaid + recovered = closing; of what is outstanding,
opening + disbursed - repaid - written off = closing. Repaid is net of what bounced, written off of what late
repayments took back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.loans.domain.fund import Fund
from services.loans.domain.funders import Funder


class StatementFigure(StrEnum):
    """A movement of a statement; each has the list behind it."""

    PAID_IN = "paid_in"
    WITHDRAWN = "withdrawn"
    DISBURSED = "disbursed"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class StatementFigures:
    """In cents. The placeholder's cash is below zero: nobody paid in for the loans that it bears."""

    opening_cash_cents: int = 0
    opening_outstanding_cents: int = 0
    paid_in_cents: int = 0
    withdrawn_cents: int = 0
    disbursed_cents: int = 0
    repaid_cents: int = 0
    written_off_cents: int = 0
    recovered_cents: int = 0
    closing_cash_cents: int = 0
    closing_outstanding_cents: int = 0

    @property
    def is_blank(self) -> bool:
        return not any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class FunderStatement:
    funder: Funder
    figures: StatementFigures


@dataclass(frozen=True, slots=True)
class Statements:
    """`by_funder` adds up to `whole`, figure by figure, to the cent."""

    fund: Fund
    period: Period
    whole: StatementFigures
    by_funder: tuple[FunderStatement, ...]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A part of a figure: `signed_cents` adds to it. `loan_number` is None for money of no loan."""

    entry_id: UUID
    figure: StatementFigure
    kind: str
    on: date
    loan_id: UUID | None
    loan_number: str | None
    signed_cents: int


def check_period(period: Period, *, today: date) -> None:
    require_past(DateField.ENDS_ON, period.last, today)
    require_order(DateField.STARTS_ON, period.first, DateField.ENDS_ON, period.last)


def add_up(parts: Iterable[StatementFigures]) -> StatementFigures:
    listed = list(parts)
    return StatementFigures(
        **{
            field.name: sum(getattr(part, field.name) for part in listed)
            for field in fields(StatementFigures)
        }
    )
