"""A scheme is a region's rules for top-ups; each version of them starts on a date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.capital.domain.refusals import NoVersionAnyMore, NoVersionInForce
from services.kernel.identifiers import Siren, Siret
from services.kernel.language import Word

WHOLE_SCHEME = "scheme"
FOLLOW_UP_MONTHS = (12, 24, 36)


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


class ContributionBasis(StrEnum):
    """Which capital counts as the person's contribution: what is paid, or all that is promised."""

    PAID_UP = "paid_up"
    SUBSCRIBED = "subscribed"


class ClawbackRule(StrEnum):
    """How much is taken back of who leaves early: the whole award, or that of the time not stayed."""

    WHOLE = "whole"
    PRO_RATA = "pro_rata"


class ReservesAt(StrEnum):
    """When an award takes its room in the cap and in the budget."""

    GRANT = "grant"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class PriorityGroup:
    """People whom a region helps more. `criterion` names them in requests; `label` is what officers read.

    `match_ratio` is None where they have that of everybody.
    """

    criterion: str
    label: str
    ceiling_cents: int
    match_ratio: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FunderShare:
    """`percent` has four decimals at most; the shares of a version add up to exactly 100."""

    siren: Siren
    name: str
    percent: Decimal
    siret: Siret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a region decides, whoever pays and from whenever on. A limit that is None is no limit.

    `waiver_by_another` asks for another person to waive a clawback than the one who proposed it.
    `min_membership_months` is None where nobody has to be a member; 0 asks for a member of any length.
    """

    floor_cents: int
    ceiling_cents: int
    match_ratio: Decimal = Decimal(1)
    below_floor: BelowFloor = BelowFloor.NOTHING
    contribution_basis: ContributionBasis = ContributionBasis.PAID_UP
    priority_groups: tuple[PriorityGroup, ...] = ()
    cae_cap_cents: int | None
    cap_period: Period
    partial_awards: bool
    once_per_person: bool
    budget_cents: int | None = None
    budget_period: Period = Period.SCHEME
    reserves_at: ReservesAt = ReservesAt.GRANT
    waiting_list: bool = False
    request_window_months: int | None = None
    request_valid_days: int | None = None
    min_membership_months: int | None = None
    follow_up_months: tuple[int, ...] = FOLLOW_UP_MONTHS
    clawback_rule: ClawbackRule = ClawbackRule.WHOLE
    waiver_by_another: bool = False

    def group_of(self, criterion: str | None) -> PriorityGroup | None:
        """None where the person declares nothing, or what these rules know no group for."""
        return next((group for group in self.priority_groups if group.criterion == criterion), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms(Rules):
    """One version's rules. Without `valid_until` they last until the next version starts."""

    valid_from: date
    valid_until: date | None = None
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
    """The latest version that had started on the day the contribution was paid up, if it had not ended."""
    started = [version for version in versions if version.valid_from <= paid_up_on]
    latest = max(started, key=lambda version: version.valid_from, default=None)
    is_over = latest is not None and latest.valid_until is not None and latest.valid_until < paid_up_on
    return None if is_over else latest


def version_shown(versions: Sequence[Version], day: date) -> Version:
    """That of a day; before the scheme starts its first, and after it has ended its last."""
    in_order = sorted(versions, key=lambda version: version.valid_from)
    return version_applying(versions, day) or in_order[0 if day < in_order[0].valid_from else -1]


def require_version(versions: Sequence[Version], paid_up_on: date) -> Version:
    version = version_applying(versions, paid_up_on)
    if version is not None:
        return version
    first_on = min(version.valid_from for version in versions)
    if paid_up_on < first_on:
        raise NoVersionInForce(paid_up_on=paid_up_on, first_version_on=first_on)
    last_on = max(version.valid_until for version in versions if version.valid_until is not None)
    raise NoVersionAnyMore(paid_up_on=paid_up_on, last_day_on=last_on)
