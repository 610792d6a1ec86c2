"""Room kept for a request before its decision, where the rules reserve at request.

What is kept is what a grant would give on the day of recording. It is the request's own until it is decided
or ends: a limit lowered afterwards takes nothing of it back.
"""

from dataclasses import replace
from datetime import date

from services.capital.domain.awards import Reason, Rooms, decide, no_room
from services.capital.domain.claims import entitlement_of, obstacle_of
from services.capital.domain.schemes import ReservesAt, Version
from services.capital.domain.top_ups import TopUp


def wants_room(version: Version, top_up: TopUp, *, is_person_served: bool, today: date) -> bool:
    """Whether the rules keep room for it: not for what no day to come would let be granted.

    `is_person_served` says that another dossier of the person is awarded, or keeps room already.
    """
    if version.reserves_at is not ReservesAt.REQUEST or (version.once_per_person and is_person_served):
        return False
    claim = top_up.claim
    obstacle = obstacle_of(version, claim, today)
    is_a_matter_of_time = obstacle is Reason.NOT_A_MEMBER and claim.member_since is not None
    return (obstacle is None or is_a_matter_of_time) and entitlement_of(version, claim).amount_cents > 0


def keep(version: Version, top_up: TopUp, available: Rooms, today: date) -> TopUp:
    """With the room that its grant would take today; refused where nothing is left to keep."""
    entitlement = entitlement_of(version, top_up.claim)
    award = decide(version, entitlement, available)
    if award.amount_cents == 0:
        raise no_room(entitlement.amount_cents, available)
    return replace(top_up, reserved_cents=award.amount_cents, reserved_on=today)


def kept_within_scale(top_up: TopUp) -> TopUp:
    """New rules may give less than is kept; where they give more, its grant looks for the rest."""
    if top_up.reserved_cents is None:
        return top_up
    return replace(top_up, reserved_cents=min(top_up.reserved_cents, top_up.entitlement_cents))


def without_room(top_up: TopUp) -> TopUp:
    """What is decided, ends, or is no longer to be kept for; nor does it wait any more."""
    return replace(top_up, reserved_cents=None, reserved_on=None, waiting_number=None)
