"""What a list of contributions would get, taken in the order given. Nothing is granted or reserved."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.capital.domain.awards import Award, Reason, Usage, Withheld, count, decide, rooms, withhold
from services.capital.domain.claims import Claim, entitlement_of, obstacle_of, require_known_priority
from services.capital.domain.schemes import Version, version_applying, version_shown


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
    contribution: Contribution
    award: Award


@dataclass(frozen=True, slots=True)
class Simulation:
    """Rooms are what both the CAE's cap and the scheme's budget leave; None is no limit.

    They are told by the version that the latest contribution falls in.
    """

    room_before_cents: int | None
    awards: tuple[SimulatedAward, ...]
    room_after_cents: int | None


def simulate(
    versions: Sequence[Version],
    contributions: Sequence[Contribution],
    usage: Usage,
    *,
    awarded_references: Collection[str],
    decided_on: date,
) -> Simulation:
    latest_on = max((contribution.paid_up_on for contribution in contributions), default=decided_on)
    told_by = version_shown(versions, latest_on)
    room_before_cents = rooms(told_by, usage, decided_on).left_cents
    awarded = set(awarded_references)
    simulated: list[SimulatedAward] = []
    for contribution in contributions:
        version = version_applying(versions, contribution.paid_up_on)
        award = _award(version, contribution, usage, awarded, decided_on)
        simulated.append(SimulatedAward(contribution, award))
        if award.amount_cents > 0:
            usage = count(usage, award.amount_cents, decided_on)
            awarded.add(contribution.reference)
    room_after_cents = rooms(told_by, usage, decided_on).left_cents
    return Simulation(room_before_cents, tuple(simulated), room_after_cents)


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
