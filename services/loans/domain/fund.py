"""A region's fund of prêts d'honneur, its funders and what became of their money."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.kernel.identifiers import Siren
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.loans.domain.fund_access import DEFAULT_ACCESS, FundAccess
from services.loans.domain.terms import FundSettings


class FunderKind(StrEnum):
    """`UNDECLARED` is the one placeholder that bears imported loans until the funders are declared."""

    REGION = "region"
    STATE = "state"
    BPIFRANCE = "bpifrance"
    CDC = "cdc"
    FRANCE_ACTIVE = "france_active"
    LOCAL = "local"
    OTHER = "other"
    UNDECLARED = "undeclared"


UNDECLARED_NAME = "à déclarer"


@dataclass(frozen=True, slots=True)
class Funder:
    """`rank` is its place in convention order: that of its first contribution to the fund."""

    id: UUID
    fund_id: UUID
    rank: int
    siren: Siren | None
    name: str
    kind: FunderKind


@dataclass(frozen=True, slots=True)
class Fund:
    id: UUID
    region: str
    name: str
    opened_on: date
    settings: FundSettings
    created_at: datetime
    access: FundAccess = DEFAULT_ACCESS


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
class Figures:
    """What became of money, whole or one funder's, on a date. All cents; only `available` may be negative."""

    paid_in_cents: int = 0
    committed_cents: int = 0
    disbursed_cents: int = 0
    repaid_cents: int = 0
    recovered_cents: int = 0
    written_off_cents: int = 0

    @property
    def available_cents(self) -> int:
        return (
            self.paid_in_cents
            + self.repaid_cents
            + self.recovered_cents
            - self.disbursed_cents
            - self.committed_cents
        )

    @property
    def outstanding_cents(self) -> int:
        return self.disbursed_cents - self.repaid_cents - self.written_off_cents

    @property
    def is_blank(self) -> bool:
        return not any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class FunderFigures:
    funder: Funder
    figures: Figures


@dataclass(frozen=True, slots=True)
class Position:
    """`by_funder` adds up to `whole`, figure by figure, to the cent."""

    fund: Fund
    as_of: date
    whole: Figures
    by_funder: tuple[FunderFigures, ...]


def check_declared_kind(kind: FunderKind) -> None:
    """Whoever pays in is somebody: only an import stands in for funders that are not declared."""
    if kind is FunderKind.UNDECLARED:
        raise InvalidInput(
            "/funder/kind",
            Text(
                "« undeclared » ne désigne que les financeurs à déclarer d'un import",
                "undeclared only stands for the funders of an import that are still to be declared",
            ),
        )


def add_up(parts: Iterable[Figures]) -> Figures:
    listed = list(parts)
    return Figures(
        **{field.name: sum(getattr(part, field.name) for part in listed) for field in fields(Figures)}
    )
