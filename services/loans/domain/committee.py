"""What a committee's session must satisfy for its decision to stand."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.kernel.identifiers import Siren
from services.loans.domain.refusals import (
    ConflictOfInterest,
    MemberListedTwice,
    NoMajority,
    NoQuorum,
    StoodAsideAbsent,
    TooManyVotes,
)


class Outcome(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Member:
    """`siren` is that of the organisation the member sits for, when it has one; `tied_to` are other CAEs."""

    name: str
    organisation: str
    siren: Siren | None = None
    tied_to: frozenset[Siren] = frozenset()

    def is_tied_to(self, cae: Siren) -> bool:
        """A member of the applicant's own CAE, or tied to it otherwise, must stand aside."""
        return cae == self.siren or cae in self.tied_to


@dataclass(frozen=True, slots=True)
class Committee:
    """`stood_aside` names members among those present.

    `is_told` is False where the reader may know of the session its day only: then nobody is named.
    """

    held_on: date
    present: tuple[Member, ...]
    stood_aside: tuple[str, ...]
    votes_for: int
    votes_against: int
    abstentions: int = 0
    is_told: bool = True

    @property
    def voters(self) -> int:
        """Who stands aside is in the room, but does not count."""
        return sum(not self.stands_aside(member) for member in self.present)

    def stands_aside(self, member: Member) -> bool:
        return same_name(member.name) in map(same_name, self.stood_aside)


def check_decision(committee: Committee, outcome: Outcome, *, applicant_cae: Siren, quorum: int) -> None:
    _check_presence(committee)
    _check_conflicts(committee, applicant_cae)
    if committee.voters < quorum:
        raise NoQuorum(voters=committee.voters, quorum=quorum)
    votes = committee.votes_for + committee.votes_against + committee.abstentions
    if votes > committee.voters:
        raise TooManyVotes(votes=votes, voters=committee.voters)
    if outcome is Outcome.APPROVED and committee.votes_for <= committee.votes_against:
        raise NoMajority(votes_for=committee.votes_for, votes_against=committee.votes_against)


def _check_presence(committee: Committee) -> None:
    times_listed = Counter(same_name(member.name) for member in committee.present)
    twice = [member.name for member in committee.present if times_listed[same_name(member.name)] > 1]
    if twice:
        raise MemberListedTwice(members=sorted(set(twice)))
    absent = [name for name in committee.stood_aside if same_name(name) not in times_listed]
    if absent:
        raise StoodAsideAbsent(members=absent)


def _check_conflicts(committee: Committee, applicant_cae: Siren) -> None:
    tied = [
        member.name
        for member in committee.present
        if member.is_tied_to(applicant_cae) and not committee.stands_aside(member)
    ]
    if tied:
        raise ConflictOfInterest(members=tied)


def same_name(name: str) -> str:
    """Names are compared as a reader would: case and spaces do not tell two people apart."""
    return " ".join(name.casefold().split())
