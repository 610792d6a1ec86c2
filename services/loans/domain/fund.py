"""A region's fund of prêts d'honneur, its dated settings and what became of its money."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from services.loans.domain.application import Application
from services.loans.domain.fund_access import DEFAULT_ACCESS, FundAccess
from services.loans.domain.fund_settings import DatedSettings, in_force
from services.loans.domain.funders import Funder
from services.loans.domain.target_shares import TargetGap


@dataclass(frozen=True, slots=True)
class Fund:
    """`versions`: its settings, from the first."""

    id: UUID
    region: str
    name: str
    opened_on: date
    versions: tuple[DatedSettings, ...]
    created_at: datetime
    access: FundAccess = DEFAULT_ACCESS

    def settings_on(self, on: date) -> DatedSettings:
        return in_force(self.versions, on)


def decided_under(fund: Fund, application: Application) -> DatedSettings:
    """The version that its decision names, whatever was dated since: what follows from it is held to it."""
    version = application.decision_settings_version
    if version is None:
        raise ValueError(f"application {application.id} was not decided")
    return fund.versions[version - 1]


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of money, whole or one funder's, on a date. All cents; only `available` may be negative.

    `to_come`: pledged and not yet paid in.
    """

    paid_in_cents: int = 0
    withdrawn_cents: int = 0
    pledged_cents: int = 0
    to_come_cents: int = 0
    committed_cents: int = 0
    disbursed_cents: int = 0
    repaid_cents: int = 0
    recovered_cents: int = 0
    written_off_cents: int = 0

    @property
    def available_cents(self) -> int:
        return (
            self.paid_in_cents
            - self.withdrawn_cents
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
    targets: tuple[TargetGap, ...] = ()


def add_up(parts: Iterable[Figures]) -> Figures:
    listed = list(parts)
    return Figures(
        **{field.name: sum(getattr(part, field.name) for part in listed) for field in fields(Figures)}
    )
