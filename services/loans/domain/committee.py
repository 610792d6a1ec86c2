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
    """`siren` is that of the organisation the member sits for, when it has one."""

    name: str
    organisation: str
    siren: Siren | None = None


@dataclass(frozen=True, slots=True)
class Committee:
    """`stood_aside` names members among those present."""

    held_on: date
    present: tuple[Member, ...]
    stood_aside: tuple[str, ...]
    votes_for: int
    votes_against: int
    abstentions: int = 0

    @property
    def voters(self) -> int:
        """Who stands aside is in the room, but does not count."""
        return sum(not self.stands_aside(member) for member in self.present)

    def stands_aside(self, member: Member) -> bool:
        return _same(member.name) in map(_same, self.stood_aside)


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
    times_listed = Counter(_same(member.name) for member in committee.present)
    twice = [member.name for member in committee.present if times_listed[_same(member.name)] > 1]
    if twice:
        raise MemberListedTwice(members=sorted(set(twice)))
    absent = [name for name in committee.stood_aside if _same(name) not in times_listed]
    if absent:
        raise StoodAsideAbsent(members=absent)


def _check_conflicts(committee: Committee, applicant_cae: Siren) -> None:
    tied = [
        member.name
        for member in committee.present
        if member.siren == applicant_cae and not committee.stands_aside(member)
    ]
    if tied:
        raise ConflictOfInterest(members=tied)


def _same(name: str) -> str:
    """Names are compared as a reader would: case and spaces do not tell two people apart."""
    return " ".join(name.casefold().split())
