"""How much de minimis aid a company may still be granted, over all schemes and all who give it some.

Aid counts on the day the right to it is given, whenever it is paid (Regulation (EU) 2023/2831, article 3).
What was granted on a day is held to the rule of that day: so a decision recorded late must fit under the
ceiling of its own day, and leave standing what was granted after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.capital.domain.awards import Award, Reason, Withheld
from services.capital.domain.refusals import DeMinimisCeilingReached
from services.kernel.calendar import MONTHS_OF_YEAR, add_months
from services.kernel.identifiers import Siren


class Window(StrEnum):
    """`ROLLING` years end on the day itself; `FISCAL_YEARS` are the year of the day and those before it."""

    ROLLING = "rolling"
    FISCAL_YEARS = "fiscal_years"


@dataclass(frozen=True, slots=True, kw_only=True)
class CeilingRule:
    """In force from a day until another follows. `source` is where the law says so."""

    valid_from: date
    regulation: str
    ceiling_cents: int
    window: Window
    window_years: int
    source: str

    def counted_from(self, on: date) -> date:
        """The first day that counts with `on`.

        Of rolling years the same day of the month still counts, as Union law reckons periods of years
        (Regulation (EEC, Euratom) 1182/71, article 3). Fiscal years are read as calendar years.
        """
        if self.window is Window.ROLLING:
            return add_months(on, -MONTHS_OF_YEAR * self.window_years)
        return date(on.year - self.window_years + 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Room:
    """What may be granted on a day, by the window that leaves least: it ends on `counted_on`."""

    left_cents: int
    received_cents: int
    rule: CeilingRule
    counted_on: date


@dataclass(frozen=True, slots=True)
class Aid:
    """What one company was granted by day, from every source, and the rules of all times by their days."""

    rules: Sequence[CeilingRule]
    granted_cents: Mapping[date, int] = field(default_factory=dict)

    def rule_on(self, day: date) -> CeilingRule | None:
        """None before the first rule: nothing is a limit there."""
        return max(
            (rule for rule in self.rules if rule.valid_from <= day),
            key=lambda rule: rule.valid_from,
            default=None,
        )

    def received_cents(self, since: date, until: date) -> int:
        return sum(cents for day, cents in self.granted_cents.items() if since <= day <= until)

    def room_on(self, day: date) -> Room | None:
        """None without a limit. Never negative: aid that others gave takes nothing back."""
        rooms = [
            room
            for counted_on in (day, *sorted(later for later in self.granted_cents if later > day))
            if (room := self._room_of_window(counted_on, day)) is not None
        ]
        return min(rooms, key=lambda room: room.left_cents, default=None)

    def left_cents(self, day: date) -> int | None:
        room = self.room_on(day)
        return None if room is None else room.left_cents

    def granted(self, day: date, cents: int) -> "Aid":
        """With one award more."""
        return replace(
            self, granted_cents={**self.granted_cents, day: self.granted_cents.get(day, 0) + cents}
        )

    def _room_of_window(self, counted_on: date, day: date) -> Room | None:
        """None where the window that ends on `counted_on` does not reach back to `day`."""
        rule = self.rule_on(counted_on)
        if rule is None or rule.counted_from(counted_on) > day:
            return None
        received_cents = self.received_cents(rule.counted_from(counted_on), counted_on)
        return Room(max(rule.ceiling_cents - received_cents, 0), received_cents, rule, counted_on)


class DeclarationStatus(StrEnum):
    DECLARED = "declared"
    CANCELLED = "cancelled"


class DeclaredBy(StrEnum):
    CAE = "cae"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Aid that somebody else granted to a CAE. `region` is that of the operator whom it is declared to.

    `reason` says why it was cancelled; what is cancelled no longer counts, and stays readable.
    """

    id: UUID
    region: str
    cae_siren: Siren
    granted_on: date
    amount_cents: int
    grantor: str
    reference: str
    declared_by: DeclaredBy
    cancelled_on: date | None = None
    reason: str | None = None
    created_at: datetime

    @property
    def status(self) -> DeclarationStatus:
        return DeclarationStatus.DECLARED if self.cancelled_on is None else DeclarationStatus.CANCELLED


def hold_to_ceiling(award: Award, left_cents: int | None) -> Award:
    """Whole or nothing: aid that would pass the ceiling benefits from the regulation in no part."""
    if left_cents is None or award.amount_cents <= left_cents:
        return award
    missing = Withheld(Reason.DE_MINIMIS_CEILING_REACHED, award.amount_cents)
    return replace(award, amount_cents=0, withheld=(*award.withheld, missing))


def over_the_ceiling(award_cents: int, room: Room, decided_on: date) -> DeMinimisCeilingReached:
    """`room_cents` is the highest amount that would pass."""
    return DeMinimisCeilingReached(
        award_cents=award_cents,
        room_cents=room.left_cents,
        ceiling_cents=room.rule.ceiling_cents,
        received_cents=room.received_cents,
        counted_from=room.rule.counted_from(room.counted_on),
        counted_on=room.counted_on,
        decided_on=decided_on,
        regulation=room.rule.regulation,
    )
