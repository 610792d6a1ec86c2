"""From a request to a grant: what stands in the way, what is granted, or the refusal that says why not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.capital.domain.awards import Award, Entitlement, Reason, Rooms, no_room
from services.capital.domain.claims import (
    asked_on,
    entitlement_of,
    last_day_to_ask,
    member_enough_on,
    obstacle_of,
)
from services.capital.domain.de_minimis import Room, over_the_ceiling
from services.capital.domain.lifecycle import AWARDED, Act, move
from services.capital.domain.refusals import (
    AlreadyAwarded,
    BelowFloorRefusal,
    MemberTooShort,
    NotAMember,
    TooLate,
)
from services.capital.domain.schemes import Version, require_version
from services.capital.domain.top_ups import TopUp, check_decision_date
from services.kernel.refusals import Refusal

MOST_LINES = 500
"""Of one list, of requests or of grants: every other grant of its CAEs waits while it is decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the operator's paper says of one request."""

    decided_on: date
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A request that may be granted, room permitting. `obstacle` is what forbids it whatever room is left."""

    top_up: TopUp
    decision: Decision
    version: Version
    entitlement: Entitlement
    obstacle: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    candidate: Candidate
    award_cents: int

    @property
    def granted(self) -> TopUp:
        """The top-up as the grant leaves it."""
        candidate = self.candidate
        return replace(
            candidate.top_up,
            status=move(candidate.top_up.status, Act.GRANT),
            version_id=candidate.version.id,
            entitlement_cents=candidate.entitlement.amount_cents,
            award_cents=self.award_cents,
            decided_on=candidate.decision.decided_on,
            decision_reference=candidate.decision.reference,
            reserved_cents=None,
            reserved_on=None,
            revision=candidate.top_up.revision + 1,
        )


def consider(
    top_up: TopUp,
    decision: Decision,
    versions: Sequence[Version],
    *,
    others: Iterable[TopUp],
    today: date,
) -> Candidate:
    """`others` are the same person's other dossiers in the scheme."""
    move(top_up.status, Act.GRANT)
    check_decision_date(top_up.paid_up_on, top_up.requested_on, decision.decided_on, today)
    version = require_version(versions, top_up.paid_up_on)
    entitlement = entitlement_of(version, top_up.claim)
    is_awarded = any(other.status in AWARDED for other in others)
    obstacle = obstacle_of(version, top_up.claim, decision.decided_on)
    if version.once_per_person and is_awarded:
        obstacle = Reason.ALREADY_AWARDED
    elif obstacle is None and entitlement.amount_cents == 0:
        obstacle = Reason.BELOW_FLOOR
    return Candidate(
        top_up=top_up, decision=decision, version=version, entitlement=entitlement, obstacle=obstacle
    )


def grant_whole(candidate: Candidate) -> Grant:
    return Grant(candidate=candidate, award_cents=candidate.entitlement.amount_cents)


def refuse(
    candidate: Candidate, available: Rooms, award: Award | None = None, ceiling: Room | None = None
) -> Refusal:
    """Why nothing is granted; each refusal tells the room that is left.

    `award` is what came of it, where it was worked out, and `ceiling` the room under that of de minimis aid.
    """
    entitled_cents, left_cents = candidate.entitlement.amount_cents, available.left_cents
    match candidate.obstacle:
        case Reason.ALREADY_AWARDED:
            return AlreadyAwarded(entitlement_cents=entitled_cents, room_cents=left_cents)
        case Reason.BELOW_FLOOR:
            return BelowFloorRefusal(
                contribution_cents=candidate.top_up.claim.contribution_cents(candidate.version),
                contribution_basis=candidate.version.contribution_basis,
                paid_up_cents=candidate.top_up.paid_up_cents,
                floor_cents=candidate.version.floor_cents,
                room_cents=left_cents,
            )
        case Reason.TOO_LATE:
            return TooLate(
                requested_on=asked_on(candidate.top_up.claim, candidate.decision.decided_on),
                paid_up_on=candidate.top_up.paid_up_on,
                last_day_on=last_day_to_ask(candidate.version, candidate.top_up.paid_up_on),
                request_window_months=candidate.version.request_window_months,
                entitlement_cents=entitled_cents,
                room_cents=left_cents,
            )
        case Reason.NOT_A_MEMBER:
            return _not_a_member(candidate, left_cents)
        case _:
            if award and ceiling and award.reason is Reason.DE_MINIMIS_CEILING_REACHED:
                return over_the_ceiling(
                    award.withheld[-1].amount_cents, ceiling, candidate.decision.decided_on
                )
            return no_room(entitled_cents, available)


def _not_a_member(candidate: Candidate, left_cents: int | None) -> NotAMember:
    member_since = candidate.top_up.claim.member_since
    facts = {
        "min_membership_months": candidate.version.min_membership_months,
        "decided_on": candidate.decision.decided_on,
        "entitlement_cents": candidate.entitlement.amount_cents,
        "room_cents": left_cents,
    }
    if member_since is None:
        return NotAMember(**facts)
    eligible_on = member_enough_on(candidate.version, member_since)
    return MemberTooShort(member_since=member_since, eligible_on=eligible_on, **facts)


def conclude(candidate: Candidate, award: Award) -> Grant | None:
    """None where something forbids it, or where the award came to nothing."""
    if candidate.obstacle is not None or award.amount_cents == 0:
        return None
    return Grant(candidate=candidate, award_cents=award.amount_cents)
