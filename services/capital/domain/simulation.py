"""What a list of contributions would get, taken in the order given. Nothing is granted or reserved.

Under rules with a waiting list, who finds no room would stand in line, and whoever follows stands behind.
Where the cap, the budget or the ceiling of de minimis aid binds, three other orders are tried, always the
same, and what each would change is told: one more pass over the list for each.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.capital.domain.awards import Award, Reason, Usage, Withheld, count, decide, rooms, withhold
from services.capital.domain.claims import Claim, entitlement_of, obstacle_of, require_known_priority
from services.capital.domain.de_minimis import Aid, Room, hold_to_ceiling
from services.capital.domain.schemes import Version, version_applying, version_shown

NO_AID = Aid(rules=())

BINDING = frozenset(
    {
        Reason.CAE_CAP_REACHED,
        Reason.SCHEME_BUDGET_EXHAUSTED,
        Reason.OTHERS_WAIT,
        Reason.DE_MINIMIS_CEILING_REACHED,
    }
)
"""Reasons for which another order may give another award."""


class Order(StrEnum):
    """In which order people are taken. Who is equal by it stays in the order given."""

    GIVEN = "given"
    PAYMENT_DATE = "payment_date"
    LARGEST_FIRST = "largest_first"
    SMALLEST_FIRST = "smallest_first"


@dataclass(frozen=True, slots=True)
class Contribution:
    """`reference` is the CAE's own for the person.

    `subscribed_cents` is None where all that was promised is paid.
    """

    reference: str
    paid_up_cents: int
    paid_up_on: date
    subscribed_cents: int | None = None
    member_since: date | None = None
    priority_criterion: str | None = None

    def claimed_on(self, day: date) -> Claim:
        """As it would stand if it were asked on that day."""
        return Claim(
            subscribed_cents=self.paid_up_cents if self.subscribed_cents is None else self.subscribed_cents,
            paid_up_cents=self.paid_up_cents,
            paid_up_on=self.paid_up_on,
            requested_on=day,
            member_since=self.member_since,
            priority_criterion=self.priority_criterion,
        )


@dataclass(frozen=True, slots=True)
class SimulatedAward:
    """`place` is when it is taken, from 1."""

    place: int
    contribution: Contribution
    award: Award


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Of one contribution: what it gets in the order given, and in another."""

    place: int
    contribution: Contribution
    given_cents: int
    award_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherOrder:
    """`changes` are those who gain or lose, in the order given; `awarded` is how many get something."""

    order: Order
    awarded_cents: int
    awarded: int
    room_after_cents: int | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """Rooms are what both the CAE's cap and the scheme's budget leave; None is no limit.

    They are told by the version that the latest contribution falls in. Beside them, what the ceiling of de
    minimis aid leaves the company, over all schemes; None where no rule limits it. `other_orders` are empty
    where no limit keeps anything from anybody: then no order changes anything.
    """

    room_before_cents: int | None
    awards: tuple[SimulatedAward, ...]
    room_after_cents: int | None
    ceiling_before: Room | None
    ceiling_after: Room | None
    other_orders: tuple[OtherOrder, ...] = ()

    @property
    def awarded_cents(self) -> int:
        return sum(line.award.amount_cents for line in self.awards)

    @property
    def is_bound(self) -> bool:
        """Whether a limit keeps something from somebody."""
        return any(item.reason in BINDING for line in self.awards for item in line.award.withheld)


def simulate(
    versions: Sequence[Version],
    contributions: Sequence[Contribution],
    usage: Usage,
    *,
    references_served: Collection[str],
    decided_on: date,
    aid: Aid = NO_AID,
    awaited: Collection[UUID] = (),
) -> Simulation:
    """`references_served` are those of persons who are awarded already, or whose request keeps room.

    `awaited` are the versions under which somebody stands in line before whoever asks now.
    """
    asked = _Asked(
        versions, contributions, usage, frozenset(references_served), decided_on, aid, frozenset(awaited)
    )
    simulation = asked.taken(range(len(contributions)))
    if not simulation.is_bound:
        return simulation
    others = (order for order in Order if order is not Order.GIVEN)
    return replace(simulation, other_orders=tuple(_compared(asked, order, simulation) for order in others))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The whole question, to be answered in one order or another."""

    versions: Sequence[Version]
    contributions: Sequence[Contribution]
    usage: Usage
    awarded: frozenset[str]
    decided_on: date
    aid: Aid
    awaited: frozenset[UUID]

    def taken(self, ranks: Sequence[int]) -> Simulation:
        """`ranks` are places in the list, in the order they are taken; the awards are in that order."""
        latest_on = max((line.paid_up_on for line in self.contributions), default=self.decided_on)
        told_by = version_shown(self.versions, latest_on)
        usage, awarded, aid, waits = self.usage, set(self.awarded), self.aid, False
        simulated: list[SimulatedAward] = []
        for rank in ranks:
            contribution = self.contributions[rank]
            version = version_applying(self.versions, contribution.paid_up_on)
            award = _award(version, contribution, usage, awarded, self.decided_on)
            if version is not None and version.waiting_list:
                if award.amount_cents > 0 and (waits or version.id in self.awaited):
                    award = _behind(award)
                waits = waits or award.waits
            award = hold_to_ceiling(award, aid.left_cents(self.decided_on))
            simulated.append(SimulatedAward(rank + 1, contribution, award))
            if award.amount_cents > 0:
                usage = count(usage, award.amount_cents, self.decided_on)
                aid = aid.granted(self.decided_on, award.amount_cents)
                awarded.add(contribution.reference)
        return Simulation(
            rooms(told_by, self.usage, self.decided_on).left_cents,
            tuple(simulated),
            rooms(told_by, usage, self.decided_on).left_cents,
            self.aid.room_on(self.decided_on),
            aid.room_on(self.decided_on),
        )


def _compared(asked: _Asked, order: Order, given: Simulation) -> OtherOrder:
    other = asked.taken(_ranks(order, given.awards))
    cents = {line.place: line.award.amount_cents for line in other.awards}
    return OtherOrder(
        order=order,
        awarded_cents=other.awarded_cents,
        awarded=sum(amount > 0 for amount in cents.values()),
        room_after_cents=other.room_after_cents,
        changes=tuple(
            Change(
                place=line.place,
                contribution=line.contribution,
                given_cents=line.award.amount_cents,
                award_cents=cents[line.place],
            )
            for line in given.awards
            if cents[line.place] != line.award.amount_cents
        ),
    )


def _ranks(order: Order, given: Sequence[SimulatedAward]) -> list[int]:
    """Sizes are those of the scale, before any limit. Sorting keeps equals in the order given."""
    match order:
        case Order.PAYMENT_DATE:
            in_order = sorted(given, key=lambda line: line.contribution.paid_up_on)
        case Order.LARGEST_FIRST:
            in_order = sorted(given, key=lambda line: -line.award.entitlement_cents)
        case Order.SMALLEST_FIRST:
            in_order = sorted(given, key=lambda line: line.award.entitlement_cents)
        case Order.GIVEN:
            in_order = list(given)
    return [line.place - 1 for line in in_order]


def _behind(award: Award) -> Award:
    """There is room, and it is theirs who stand in line."""
    others = Withheld(Reason.OTHERS_WAIT, award.amount_cents)
    return Award(award.entitlement_cents, 0, (*award.withheld, others))


def _award(
    version: Version | None,
    contribution: Contribution,
    usage: Usage,
    awarded: Collection[str],
    decided_on: date,
) -> Award:
    if version is None:
        return Award(0, 0, (Withheld(Reason.NO_VERSION_IN_FORCE, contribution.paid_up_cents),))
    claim = contribution.claimed_on(decided_on)
    require_known_priority(version, claim)
    entitlement = entitlement_of(version, claim)
    obstacle = obstacle_of(version, claim, decided_on)
    if version.once_per_person and contribution.reference in awarded:
        obstacle = Reason.ALREADY_AWARDED
    if obstacle is not None:
        return withhold(entitlement, obstacle)
    return decide(version, entitlement, rooms(version, usage, decided_on))
