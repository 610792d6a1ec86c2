"""A scheme is a region's rules for top-ups; each version of them starts on a date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.capital.domain.refusals import NoVersionInForce, VersionDateTaken
from services.kernel.identifiers import Siren, Siret
from services.kernel.language import Text, Word
from services.kernel.refusals import InvalidInput

WHOLE_SCHEME = "scheme"
ALL_SHARES_PERCENT = Decimal(100)


class Period(Word):
    """What a cap or a budget is counted over. A calendar year is that of the decision."""

    SCHEME = "scheme", "durée du dispositif", "the scheme's whole life"
    CALENDAR_YEAR = "calendar_year", "année civile", "calendar year"

    def key(self, decided_on: date) -> str:
        """The name of the period in the counters: `scheme`, or the year as `2026`."""
        return WHOLE_SCHEME if self is Period.SCHEME else str(decided_on.year)


class BelowFloor(StrEnum):
    """What a contribution too small for the floor gives."""

    NOTHING = "nothing"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class FunderShare:
    """`percent` has four decimals at most; the shares of a version add up to exactly 100."""

    siren: Siren
    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version's rules. A cap or a budget that is None is no limit."""

    valid_from: date
    floor_cents: int
    ceiling_cents: int
    match_ratio: Decimal = Decimal(1)
    below_floor: BelowFloor = BelowFloor.NOTHING
    cae_cap_cents: int | None
    cap_period: Period
    partial_awards: bool
    once_per_person: bool
    budget_cents: int | None = None
    budget_period: Period = Period.SCHEME
    funders: tuple[FunderShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Terms):
    id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The public body that votes the scheme and signs its awards."""

    name: str
    siret: Siret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """`versions` are in the order of their dates; there is always at least one."""

    id: UUID
    region: str
    name: str
    authority: Authority | None
    versions: tuple[Version, ...]
    created_at: datetime

    @property
    def funder_sirens(self) -> list[Siren]:
        """Everybody that one version at least names."""
        return sorted({funder.siren for version in self.versions for funder in version.funders})


def version_applying(versions: Sequence[Version], paid_up_on: date) -> Version | None:
    """The latest version that had started on the day the contribution was paid up."""
    started = [version for version in versions if version.valid_from <= paid_up_on]
    return max(started, key=lambda version: version.valid_from, default=None)


def require_version(versions: Sequence[Version], paid_up_on: date) -> Version:
    version = version_applying(versions, paid_up_on)
    if version is None:
        first_on = min(version.valid_from for version in versions)
        raise NoVersionInForce(paid_up_on=paid_up_on, first_version_on=first_on)
    return version


def require_free_date(versions: Sequence[Version], valid_from: date) -> None:
    """Versions follow each other: two of them cannot start on one day."""
    if any(version.valid_from == valid_from for version in versions):
        raise VersionDateTaken(valid_from=valid_from)


def check_terms(terms: Terms, pointer: str = "") -> None:
    """Refuse terms that contradict themselves; `pointer` is where they stand in the caller's body."""
    if terms.ceiling_cents < terms.floor_cents:
        raise InvalidInput(f"{pointer}/ceiling_cents", _CEILING_UNDER_FLOOR)
    if terms.match_ratio <= 0:
        raise InvalidInput(f"{pointer}/match_ratio", _RATIO_NOT_POSITIVE)
    if len({funder.siren for funder in terms.funders}) != len(terms.funders):
        raise InvalidInput(f"{pointer}/funders", _FUNDER_TWICE)
    if any(funder.percent <= 0 for funder in terms.funders):
        raise InvalidInput(f"{pointer}/funders", _SHARE_NOT_POSITIVE)
    total_percent = sum((funder.percent for funder in terms.funders), Decimal(0))
    if total_percent != ALL_SHARES_PERCENT:
        raise InvalidInput(f"{pointer}/funders", _SHARES_NOT_WHOLE, total_percent=format(total_percent, "f"))


_CEILING_UNDER_FLOOR = Text(
    "Le plafond par personne ne peut pas être inférieur au plancher.",
    "The ceiling per person cannot be below the floor.",
)
_RATIO_NOT_POSITIVE = Text(
    "Le taux d'abondement doit être supérieur à zéro.",
    "The match ratio must be greater than zero.",
)
_FUNDER_TWICE = Text(
    "Un même financeur (SIREN) figure deux fois.",
    "The same funder (SIREN) stands twice.",
)
_SHARE_NOT_POSITIVE = Text(
    "La part d'un financeur doit être supérieure à zéro.",
    "A funder's share must be greater than zero.",
)
_SHARES_NOT_WHOLE = Text(
    "Les parts des financeurs font {total_percent} % ; elles doivent faire exactement 100 %.",
    "The funders' shares add up to {total_percent} %; they must add up to exactly 100 %.",
)
