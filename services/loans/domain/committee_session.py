"""A committee's session: who sits, what is on its agenda, what is voted; and the life of it, as a table.

Votes stay corrigible while the session is open. They become decisions at the closing, all or none.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren
from services.kernel.language import Text, Word
from services.kernel.officers import Officer
from services.kernel.refusals import InvalidInput, StatusForbids
from services.loans.domain.committee import Committee, Member, Outcome, same_name
from services.loans.domain.committee_refusals import NobodyPresent, NotOnAgenda
from services.loans.domain.condition import AskedCondition
from services.loans.domain.refusals import MemberListedTwice, StoodAsideAbsent
from services.loans.domain.terms import Terms


class SessionStatus(Word):
    PLANNED = "planned", "prévue", "planned"
    OPEN = "open", "ouverte", "open"
    CLOSED = "closed", "close", "closed"
    CANCELLED = "cancelled", "annulée", "cancelled"


class SessionAct(Word):
    SET_AGENDA = "set_agenda", "fixer l'ordre du jour", "setting the agenda"
    OPEN = "open", "ouvrir la séance", "opening the session"
    RECORD_ATTENDANCE = "record_attendance", "noter les présences", "recording who sits"
    VOTE = "vote", "enregistrer un vote", "recording a vote"
    DEFER = "defer", "renvoyer une demande à une autre séance", "leaving an application to another session"
    CLOSE = "close", "clore la séance", "closing the session"
    CANCEL = "cancel", "annuler la séance", "cancelling the session"


MOVES: dict[tuple[SessionStatus, SessionAct], SessionStatus] = {
    (SessionStatus.PLANNED, SessionAct.SET_AGENDA): SessionStatus.PLANNED,
    (SessionStatus.OPEN, SessionAct.SET_AGENDA): SessionStatus.OPEN,
    (SessionStatus.PLANNED, SessionAct.OPEN): SessionStatus.OPEN,
    (SessionStatus.OPEN, SessionAct.RECORD_ATTENDANCE): SessionStatus.OPEN,
    (SessionStatus.OPEN, SessionAct.VOTE): SessionStatus.OPEN,
    (SessionStatus.OPEN, SessionAct.DEFER): SessionStatus.OPEN,
    (SessionStatus.OPEN, SessionAct.CLOSE): SessionStatus.CLOSED,
    (SessionStatus.PLANNED, SessionAct.CANCEL): SessionStatus.CANCELLED,
    (SessionStatus.OPEN, SessionAct.CANCEL): SessionStatus.CANCELLED,
}

LIVE = frozenset({SessionStatus.PLANNED, SessionStatus.OPEN})
"""Statuses in which a session holds the applications of its agenda."""


class ItemOutcome(Word):
    """`DEFERRED` was not voted on; `WITHDRAWN` is the CAE's doing, before the committee's."""

    APPROVED = "approved", "accordée", "approved"
    REFUSED = "refused", "refusée", "refused"
    DEFERRED = "deferred", "renvoyée à une autre séance", "left to another session"
    WITHDRAWN = "withdrawn", "retirée avant décision", "withdrawn before the decision"


@dataclass(frozen=True, slots=True)
class Presence:
    """`represents` is said where it is not the member's own organisation.

    Who arrived for item n of the agenda counts for no item before it; None is from the beginning.
    """

    is_present: bool
    represents: str | None = None
    arrived_for_item: int | None = None


ABSENT = Presence(is_present=False)


@dataclass(frozen=True, slots=True)
class SessionMember:
    """`standing_id` is None for one who sits for this session only."""

    id: UUID
    rank: int
    member: Member
    standing_id: UUID | None = None
    presence: Presence = ABSENT

    def sits_for(self, item_rank: int) -> bool:
        arrived_for = self.presence.arrived_for_item or 1
        return self.presence.is_present and arrived_for <= item_rank


@dataclass(frozen=True, slots=True)
class Vote:
    """`stood_aside` names members of the session; `granted` is None for a refusal."""

    outcome: Outcome
    votes_for: int
    votes_against: int
    abstentions: int
    stood_aside: tuple[UUID, ...]
    granted: Terms | None
    conditions: tuple[AskedCondition, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SessionItem:
    """`outcome` is None until the session is closed. `applicant` is the name in the minutes."""

    application_id: UUID
    cae_siren: Siren
    rank: int
    vote: Vote | None = None
    outcome: ItemOutcome | None = None
    applicant: str | None = None


@dataclass(frozen=True, slots=True)
class CommitteeSession:
    """`minutes_hash` is the SHA-256 of its minutes, once it is closed."""

    id: UUID
    fund_id: UUID
    region: str
    held_on: date
    created_at: datetime
    place: str | None = None
    status: SessionStatus = SessionStatus.PLANNED
    members: tuple[SessionMember, ...] = ()
    items: tuple[SessionItem, ...] = ()
    closed_at: datetime | None = None
    closed_by: Officer | None = None
    minutes_hash: str | None = None

    def item(self, application_id: UUID) -> SessionItem:
        for item in self.items:
            if item.application_id == application_id:
                return item
        raise NotOnAgenda(application_id=application_id)

    @property
    def granted_cents(self) -> int:
        votes = (item.vote for item in self.items if item.outcome is ItemOutcome.APPROVED)
        return sum(vote.granted.amount_cents for vote in votes if vote and vote.granted)


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who may vote on an item, and whether they are enough.

    Before a vote, those who must stand aside are taken as standing aside.
    """

    must_stand_aside: tuple[SessionMember, ...]
    stood_aside: tuple[SessionMember, ...]
    voters: tuple[SessionMember, ...]
    quorum: int

    @property
    def has_quorum(self) -> bool:
        return len(self.voters) >= self.quorum


def move(session: CommitteeSession, act: SessionAct) -> CommitteeSession:
    status = MOVES.get((session.status, act))
    if status is None:
        possible_from = [before for (before, possible), _ in MOVES.items() if possible is act]
        raise StatusForbids(status=session.status, act=act, possible_from=possible_from)
    return replace(session, status=status)


def check_members(members: Iterable[SessionMember]) -> None:
    """Two of the same name could not be told apart in the minutes."""
    listed = [member.member.name for member in members]
    times = Counter(map(same_name, listed))
    twice = sorted({name for name in listed if times[same_name(name)] > 1})
    if twice:
        raise MemberListedTwice(members=twice)


def open_session(session: CommitteeSession, *, today: date) -> CommitteeSession:
    opened = move(session, SessionAct.OPEN)
    require_past(DateField.HELD_ON, session.held_on, today)
    return opened


def set_agenda(session: CommitteeSession, applications: Sequence[tuple[UUID, Siren]]) -> CommitteeSession:
    """In this order. What was voted on an item that stays is kept; on one taken off, it is gone."""
    kept = {item.application_id: item for item in session.items}
    items = tuple(
        replace(kept.get(application_id, SessionItem(application_id, cae_siren, rank)), rank=rank)
        for rank, (application_id, cae_siren) in enumerate(applications, start=1)
    )
    return replace(move(session, SessionAct.SET_AGENDA), items=items)


def record_attendance(
    session: CommitteeSession, presences: Sequence[tuple[UUID, Presence]]
) -> CommitteeSession:
    """Of the members that are named; the others stay as they were noted."""
    known = {member.id for member in session.members}
    for number, (member_id, _) in enumerate(presences):
        if member_id not in known:
            raise _unknown_member(f"/attendance/{number}/member_id")
    noted = dict(presences)
    members = tuple(
        replace(member, presence=noted.get(member.id, member.presence)) for member in session.members
    )
    return replace(move(session, SessionAct.RECORD_ATTENDANCE), members=members)


def record_vote(session: CommitteeSession, application_id: UUID, vote: Vote | None) -> CommitteeSession:
    """None takes a vote back: the application is left to another session."""
    voted = move(session, SessionAct.DEFER if vote is None else SessionAct.VOTE)
    session.item(application_id)
    items = tuple(
        replace(item, vote=vote) if item.application_id == application_id else item for item in session.items
    )
    return replace(voted, items=items)


def sitting(session: CommitteeSession, item: SessionItem, *, quorum: int) -> Sitting:
    in_the_room = [member for member in session.members if member.sits_for(item.rank)]
    tied = tuple(member for member in in_the_room if member.member.is_tied_to(item.cae_siren))
    said = () if item.vote is None else item.vote.stood_aside
    aside = tuple(member for member in in_the_room if member.id in said)
    without = {member.id for member in (tied if item.vote is None else aside)}
    voters = tuple(member for member in in_the_room if member.id not in without)
    return Sitting(tied, aside, voters, quorum)


def committee_of(session: CommitteeSession, item: SessionItem, vote: Vote) -> Committee:
    """The session as it sat for one item: what a decision states, and what its rules look at."""
    by_id = {member.id: member for member in session.members}
    for number, member_id in enumerate(vote.stood_aside):
        if member_id not in by_id:
            raise _unknown_member(f"/stood_aside/{number}")
    aside = [by_id[member_id] for member_id in vote.stood_aside]
    away = [member.member.name for member in aside if not member.sits_for(item.rank)]
    if away:
        raise StoodAsideAbsent(members=away)
    return Committee(
        held_on=session.held_on,
        present=tuple(member.member for member in session.members if member.sits_for(item.rank)),
        stood_aside=tuple(member.member.name for member in aside),
        votes_for=vote.votes_for,
        votes_against=vote.votes_against,
        abstentions=vote.abstentions,
    )


def close(
    session: CommitteeSession,
    outcomes: dict[UUID, ItemOutcome],
    applicants: dict[UUID, str],
    *,
    officer: Officer,
    at: datetime,
) -> CommitteeSession:
    closed = move(session, SessionAct.CLOSE)
    if not any(member.presence.is_present for member in session.members):
        raise NobodyPresent(held_on=session.held_on)
    items = tuple(
        replace(item, outcome=outcomes[item.application_id], applicant=applicants[item.application_id])
        for item in session.items
    )
    return replace(closed, items=items, closed_by=officer, closed_at=at)


def deferred_first(session: CommitteeSession, deferred: Sequence[SessionItem]) -> CommitteeSession:
    """What an earlier session left comes before what the agenda had."""
    items = [*deferred, *session.items]
    ranked = tuple(
        SessionItem(item.application_id, item.cae_siren, rank, item.vote)
        for rank, item in enumerate(items, start=1)
    )
    return replace(session, items=ranked)


def _unknown_member(pointer: str) -> InvalidInput:
    return InvalidInput(
        pointer,
        Text("n'est pas un membre de cette séance", "is not a member of this session"),
    )
