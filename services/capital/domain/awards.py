"""How much a contribution gives, first by the scheme's scale, then by the room that is left.

The floor and the ceiling bound what is given: they are compared with `contribution x ratio`, which with a
ratio of 1 is the contribution itself. A match that is not whole cents is cut down to the cent below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from services.capital.domain.refusals import CaeCapReached, SchemeBudgetExhausted
from services.capital.domain.schemes import WHOLE_SCHEME, BelowFloor, Period, Rules


class Reason(StrEnum):
    """Why euros that the contribution would match are not given. All but `ABOVE_CEILING` refuse a grant."""

    BELOW_FLOOR = "below-floor"
    CAE_CAP_REACHED = "cae-cap-reached"
    SCHEME_BUDGET_EXHAUSTED = "scheme-budget-exhausted"
    DE_MINIMIS_CEILING_REACHED = "de-minimis-ceiling-reached"
    OTHERS_WAIT = "others-wait"
    ALREADY_AWARDED = "already-awarded"
    TOO_LATE = "too-late"
    NOT_A_MEMBER = "not-a-member"
    ABOVE_CEILING = "above-ceiling"
    NO_VERSION_IN_FORCE = "no-version-in-force"


@dataclass(frozen=True, slots=True)
class Withheld:
    reason: Reason
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What the scale gives, whatever room is left. `withheld` explains every cent of the match not given."""

    amount_cents: int
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True, slots=True)
class Reservation:
    """Room that a request keeps since a day, in the periods of that day."""

    cents: int
    on: date


@dataclass(frozen=True, slots=True)
class Room:
    """What one limit leaves: None is no limit. Never negative: a lowered limit takes nothing back.

    `kept_cents` is what the request itself keeps of it: its own, however low the limit is now.
    """

    period: str
    limit_cents: int | None
    used_cents: int
    kept_cents: int = 0

    @property
    def left_cents(self) -> int | None:
        return None if self.limit_cents is None else max(self.limit_cents - self.used_cents, self.kept_cents)


@dataclass(frozen=True, slots=True)
class Rooms:
    """The two limits that an award must fit in: its CAE's cap and the scheme's budget."""

    cap: Room
    budget: Room

    @property
    def left_cents(self) -> int | None:
        lefts = [room.left_cents for room in (self.cap, self.budget) if room.left_cents is not None]
        return min(lefts, default=None)

    @property
    def tightest(self) -> tuple[Reason, Room]:
        """The limit that leaves least; the CAE's cap where both leave the same."""
        cap_left, budget_left = self.cap.left_cents, self.budget.left_cents
        if cap_left is None or (budget_left is not None and budget_left < cap_left):
            return Reason.SCHEME_BUDGET_EXHAUSTED, self.budget
        return Reason.CAE_CAP_REACHED, self.cap


@dataclass(frozen=True, slots=True)
class Usage:
    """What is already awarded to one CAE, and by the whole scheme, in each period (`scheme`, `2026`)."""

    cap_used_cents: Mapping[str, int] = field(default_factory=dict)
    budget_used_cents: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Award:
    """What is given in the end; `reason` is None when the scale's whole match is given."""

    entitlement_cents: int
    amount_cents: int
    withheld: tuple[Withheld, ...]

    @property
    def waits(self) -> bool:
        """Whether it is for want of room that nothing is given: a request for it would stand in line."""
        wanting = {Reason.CAE_CAP_REACHED, Reason.SCHEME_BUDGET_EXHAUSTED, Reason.OTHERS_WAIT}
        return self.amount_cents == 0 and self.reason in wanting

    @property
    def reason(self) -> Reason | None:
        """The last thing that took euros away: what kept the award from being larger."""
        return self.withheld[-1].reason if self.withheld else None


def entitle(rules: Rules, contribution_cents: int, priority_criterion: str | None = None) -> Entitlement:
    """The scale: `contribution x ratio`, not above the ceiling, nothing (or the floor) below the floor.

    Who is of a priority group has its ceiling, and its ratio if it has one. Where a small contribution is
    raised to the floor there must still be one: zero gives zero.
    """
    if contribution_cents < 0:
        raise ValueError(f"a contribution is never negative: {contribution_cents}")
    group = rules.group_of(priority_criterion)
    ceiling_cents = group.ceiling_cents if group else rules.ceiling_cents
    match_ratio = group.match_ratio if group and group.match_ratio else rules.match_ratio
    matched_cents = int(contribution_cents * Fraction(match_ratio))
    if matched_cents < rules.floor_cents:
        if rules.below_floor is BelowFloor.FLOOR and contribution_cents > 0:
            return Entitlement(rules.floor_cents)
        return Entitlement(0, (Withheld(Reason.BELOW_FLOOR, matched_cents),))
    if matched_cents > ceiling_cents:
        return Entitlement(ceiling_cents, (Withheld(Reason.ABOVE_CEILING, matched_cents - ceiling_cents),))
    return Entitlement(matched_cents)


def rooms(terms: Rules, usage: Usage, decided_on: date, kept: Reservation | None = None) -> Rooms:
    """`kept` is what the request keeps, which `usage` then leaves out."""
    cap_key, budget_key = terms.cap_period.key(decided_on), terms.budget_period.key(decided_on)
    cap_kept_cents = kept.cents if kept and terms.cap_period.key(kept.on) == cap_key else 0
    budget_kept_cents = kept.cents if kept and terms.budget_period.key(kept.on) == budget_key else 0
    cap_used_cents = usage.cap_used_cents.get(cap_key, 0)
    budget_used_cents = usage.budget_used_cents.get(budget_key, 0)
    return Rooms(
        cap=Room(cap_key, terms.cae_cap_cents, cap_used_cents, cap_kept_cents),
        budget=Room(budget_key, terms.budget_cents, budget_used_cents, budget_kept_cents),
    )


def decide(terms: Rules, entitlement: Entitlement, available: Rooms) -> Award:
    """The whole entitlement where it fits; else a part, if parts are allowed and reach the floor; else 0."""
    entitled_cents, left_cents = entitlement.amount_cents, available.left_cents
    if left_cents is None or entitled_cents <= left_cents:
        return Award(entitled_cents, entitled_cents, entitlement.withheld)
    is_partial = terms.partial_awards and left_cents > 0 and left_cents >= terms.floor_cents
    amount_cents = left_cents if is_partial else 0
    reason, _ = available.tightest
    missing = Withheld(reason, entitled_cents - amount_cents)
    return Award(entitled_cents, amount_cents, (*entitlement.withheld, missing))


def withhold(entitlement: Entitlement, reason: Reason) -> Award:
    """Nothing is given, whatever room is left."""
    cents = entitlement.amount_cents
    return Award(
        cents, 0, (*entitlement.withheld, Withheld(reason, cents)) if cents else entitlement.withheld
    )


def no_room(entitled_cents: int, available: Rooms) -> CaeCapReached | SchemeBudgetExhausted:
    """The refusal of an award that does not fit, with the room of the limit that leaves least."""
    reason, room = available.tightest
    refusal = CaeCapReached if reason is Reason.CAE_CAP_REACHED else SchemeBudgetExhausted
    return refusal(
        entitlement_cents=entitled_cents,
        room_cents=room.left_cents,
        limit_cents=room.limit_cents,
        used_cents=room.used_cents,
        period=Period.SCHEME if room.period == WHOLE_SCHEME else room.period,
    )


def count(usage: Usage, amount_cents: int, decided_on: date) -> Usage:
    """An award counts in the whole scheme and in its year, whichever of the two limits it today."""
    periods = (WHOLE_SCHEME, Period.CALENDAR_YEAR.key(decided_on))
    return replace(
        usage,
        cap_used_cents=_added(usage.cap_used_cents, periods, amount_cents),
        budget_used_cents=_added(usage.budget_used_cents, periods, amount_cents),
    )


def without(usage: Usage, kept: Reservation | None) -> Usage:
    """As if the request kept nothing."""
    return usage if kept is None else count(usage, -kept.cents, kept.on)


def _added(used_cents: Mapping[str, int], periods: tuple[str, ...], amount_cents: int) -> dict[str, int]:
    return {**used_cents, **{period: used_cents.get(period, 0) + amount_cents for period in periods}}
