"""Who may vote on what, and whether they are enough: tables that a secretary of a committee can read."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.kernel.identifiers import parse_siren
from services.kernel.officers import Officer
from services.kernel.refusals import InvalidInput, Refusal, StatusForbids
from services.loans.domain.committee import Member, Outcome, check_decision
from services.loans.domain.committee_session import (
    MOVES,
    CommitteeSession,
    ItemOutcome,
    Presence,
    SessionAct,
    SessionItem,
    SessionMember,
    SessionStatus,
    Vote,
    check_members,
    close,
    committee_of,
    deferred_first,
    move,
    open_session,
    record_attendance,
    record_vote,
    set_agenda,
    sitting,
)
from services.loans.domain.terms import Terms
from tests.factories.loans import NOW, TODAY

GRAINES, OXYGENE = parse_siren("978592848"), parse_siren("927092890")
HELD_ON = date(2024, 3, 14)
THREE_THOUSAND = Terms(3_000_00, 24, 0)
HERE, AWAY = Presence(is_present=True), Presence(is_present=False)

# A member, the CAE that they sit for if any, and those that they are tied to besides.
ADA = Member("Ada", "France Active")
BLAISE = Member("Blaise", "Région")
CLAUDE = Member("Claude", "Caisse des Dépôts")
DENISE = Member("Denise", "Graines d'Activité", GRAINES)
EMILE = Member("Émile", "Oxygène", OXYGENE)
FANNY = Member("Fanny", "Chambre de métiers", None, frozenset({GRAINES}))


def held(*sitting_members: Member | tuple[Member, Presence], agenda: int = 2) -> CommitteeSession:
    """An open session of these members; each item of its agenda is of Graines d'Activité."""
    named = [one if isinstance(one, tuple) else (one, HERE) for one in sitting_members]
    return CommitteeSession(
        id=UUID(int=1),
        fund_id=UUID(int=9),
        region="84",
        held_on=HELD_ON,
        created_at=NOW,
        status=SessionStatus.OPEN,
        members=tuple(
            SessionMember(UUID(int=100 + rank), rank, member, presence=presence)
            for rank, (member, presence) in enumerate(named, start=1)
        ),
        items=tuple(SessionItem(UUID(int=200 + rank), GRAINES, rank) for rank in range(1, agenda + 1)),
    )


def ids(session: CommitteeSession, *names: str) -> tuple[UUID, ...]:
    return tuple(one.id for name in names for one in session.members if one.member.name == name)


def voted(
    session: CommitteeSession, votes_for: int, votes_against: int, *aside: str, outcome: str = "approved"
) -> Vote:
    granted = THREE_THOUSAND if outcome == "approved" else None
    return Vote(Outcome(outcome), votes_for, votes_against, 0, ids(session, *aside), granted)


# Who is in the room; for which item; who must stand aside; who votes; is three a quorum?
ROOMS = {
    "three sit, nobody is tied": ((ADA, BLAISE, CLAUDE), 1, "", "Ada Blaise Claude", True),
    "who is of the applicant's CAE must stand aside": (
        (ADA, BLAISE, CLAUDE, DENISE), 1, "Denise", "Ada Blaise Claude", True,
    ),
    "so must who is tied to it otherwise": (
        (ADA, BLAISE, CLAUDE, FANNY), 1, "Fanny", "Ada Blaise Claude", True,
    ),
    "another CAE's member votes": ((ADA, BLAISE, EMILE), 1, "", "Ada Blaise Émile", True),
    "the quorum is lost with who stands aside": ((ADA, BLAISE, DENISE), 1, "Denise", "Ada Blaise", False),
    "two tied members are two voters less": (
        (ADA, BLAISE, CLAUDE, DENISE, FANNY), 1, "Denise Fanny", "Ada Blaise Claude", True,
    ),
    "who is absent neither votes nor stands aside": (
        (ADA, BLAISE, CLAUDE, (DENISE, AWAY)), 1, "", "Ada Blaise Claude", True,
    ),
    "an absence may lose the quorum": ((ADA, BLAISE, (CLAUDE, AWAY)), 1, "", "Ada Blaise", False),
    "who comes for item 2 does not count for item 1": (
        (ADA, BLAISE, (CLAUDE, Presence(is_present=True, arrived_for_item=2))), 1, "", "Ada Blaise", False,
    ),
    "and counts for item 2": (
        (ADA, BLAISE, (CLAUDE, Presence(is_present=True, arrived_for_item=2))),
        2, "", "Ada Blaise Claude", True,
    ),
    "nobody sits": (((ADA, AWAY), (BLAISE, AWAY)), 1, "", "", False),
}  # fmt: skip


@pytest.mark.parametrize("story", ROOMS)
def test_the_system_proposes_who_stands_aside_and_says_whether_there_is_a_quorum(story: str) -> None:
    members, item, tied, voters, has_quorum = ROOMS[story]
    session = held(*members)

    found = sitting(session, session.items[item - 1], quorum=3)

    assert [one.member.name for one in found.must_stand_aside] == tied.split()
    assert [one.member.name for one in found.voters] == voters.split()
    assert found.has_quorum is has_quorum
    assert found.stood_aside == ()


# Who is in the room; the vote: for, against, who stood aside; what is refused.
VOTES = {
    "three for": ((ADA, BLAISE, CLAUDE), 3, 0, "", None),
    "two for, one against": ((ADA, BLAISE, CLAUDE), 2, 1, "", None),
    "a tie approves nothing": ((ADA, BLAISE, CLAUDE, EMILE), 2, 2, "", "no-majority"),
    "more votes than voters": ((ADA, BLAISE, CLAUDE), 4, 0, "", "too-many-votes"),
    "a tied member has not stood aside": ((ADA, BLAISE, CLAUDE, DENISE), 3, 0, "", "conflict-of-interest"),
    "one tied otherwise has not either": ((ADA, BLAISE, CLAUDE, FANNY), 3, 0, "", "conflict-of-interest"),
    "both stood aside": ((ADA, BLAISE, CLAUDE, DENISE, FANNY), 3, 0, "Denise Fanny", None),
    "who stands aside does not vote": ((ADA, BLAISE, CLAUDE, DENISE), 4, 0, "Denise", "too-many-votes"),
    "without a quorum": ((ADA, BLAISE, DENISE), 2, 0, "Denise", "no-quorum"),
    "anybody may stand aside, and no longer counts": ((ADA, BLAISE, CLAUDE), 2, 0, "Ada", "no-quorum"),
    "nobody stands aside from outside the room": (
        (ADA, BLAISE, CLAUDE, (DENISE, AWAY)), 3, 0, "Denise", "stood-aside-absent",
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", VOTES)
def test_votes_that_may_approve(story: str) -> None:
    members, votes_for, votes_against, aside, code = VOTES[story]
    session = held(*members)
    vote = voted(session, votes_for, votes_against, *aside.split())

    def decide() -> None:
        committee = committee_of(session, session.items[0], vote)
        check_decision(committee, vote.outcome, applicant_cae=GRAINES, quorum=3)

    if code is None:
        decide()
        return
    with pytest.raises(Refusal) as refused:
        decide()
    assert refused.value.code == code


def test_what_is_said_of_a_vote_takes_the_place_of_what_was_proposed() -> None:
    session = held(ADA, BLAISE, CLAUDE, DENISE)
    session = record_vote(session, session.items[0].application_id, voted(session, 2, 0, "Denise", "Ada"))

    found = sitting(session, session.items[0], quorum=3)

    assert [one.member.name for one in found.stood_aside] == ["Ada", "Denise"]
    assert [one.member.name for one in found.voters] == ["Blaise", "Claude"]
    assert not found.has_quorum


def test_who_is_not_of_the_session_cannot_stand_aside() -> None:
    session = held(ADA, BLAISE, CLAUDE)
    vote = replace(voted(session, 3, 0), stood_aside=(UUID(int=7),))

    with pytest.raises(InvalidInput) as refused:
        committee_of(session, session.items[0], vote)
    assert refused.value.pointer == "/stood_aside/0"


@pytest.mark.parametrize("status", SessionStatus)
@pytest.mark.parametrize("act", SessionAct)
def test_a_session_is_only_what_its_table_makes_of_it(status: SessionStatus, act: SessionAct) -> None:
    session = replace(held(ADA), status=status)
    if (status, act) in MOVES:
        assert move(session, act).status is MOVES[status, act]
        return
    with pytest.raises(StatusForbids):
        move(session, act)


def test_a_session_opens_on_its_day_at_the_earliest() -> None:
    tomorrow = replace(held(ADA), status=SessionStatus.PLANNED, held_on=date(2026, 7, 1))

    with pytest.raises(Refusal) as refused:
        open_session(tomorrow, today=TODAY)
    assert refused.value.code == "date-in-the-future"
    assert open_session(tomorrow, today=date(2026, 7, 1)).status is SessionStatus.OPEN


def test_votes_stay_with_their_items_when_the_agenda_changes() -> None:
    session = held(ADA, BLAISE, CLAUDE)
    first, second = session.items
    session = record_vote(session, second.application_id, voted(session, 3, 0))

    changed = set_agenda(session, [(second.application_id, GRAINES), (UUID(int=7), OXYGENE)])

    assert [(item.application_id, item.rank) for item in changed.items] == [
        (second.application_id, 1),
        (UUID(int=7), 2),
    ]
    assert [item.vote is None for item in changed.items] == [False, True]
    with pytest.raises(Refusal):
        changed.item(first.application_id)


def test_what_was_left_comes_first_on_the_next_agenda() -> None:
    following = replace(held(ADA, agenda=1), id=UUID(int=2), status=SessionStatus.PLANNED)
    left = [SessionItem(UUID(int=7), OXYGENE, 3, outcome=ItemOutcome.DEFERRED)]

    items = deferred_first(following, left).items

    assert [(item.application_id, item.rank, item.outcome) for item in items] == [
        (UUID(int=7), 1, None),
        (UUID(int=201), 2, None),
    ]


def test_attendance_is_of_the_members_that_it_names() -> None:
    session = held((ADA, AWAY), (BLAISE, AWAY))

    noted = record_attendance(session, [(ids(session, "Ada")[0], Presence(True, "Union régionale"))])

    assert [one.presence.is_present for one in noted.members] == [True, False]
    with pytest.raises(InvalidInput):
        record_attendance(session, [(UUID(int=7), HERE)])


def test_two_members_of_one_name_could_not_be_told_apart() -> None:
    with pytest.raises(Refusal) as refused:
        check_members(held(ADA, Member("ada ", "Région")).members)
    assert refused.value.code == "member-listed-twice"


def test_nothing_is_closed_where_nobody_sat() -> None:
    session = held((ADA, AWAY), agenda=0)

    with pytest.raises(Refusal) as refused:
        close(session, {}, {}, officer=Officer("tests", None), at=datetime(2024, 3, 14, tzinfo=UTC))
    assert refused.value.code == "nobody-present"


def test_what_a_session_grants_is_what_it_approved() -> None:
    session = held(ADA, BLAISE, CLAUDE)
    first, second = session.items
    session = record_vote(session, first.application_id, voted(session, 3, 0))
    session = record_vote(session, second.application_id, voted(session, 0, 3, outcome="refused"))
    outcomes = {first.application_id: ItemOutcome.APPROVED, second.application_id: ItemOutcome.REFUSED}
    applicants = dict.fromkeys(outcomes, "Inès Maître")

    closed = close(session, outcomes, applicants, officer=Officer("tests", None), at=NOW)

    assert closed.granted_cents == 3_000_00
    assert session.granted_cents == 0, "before the closing nothing is granted"
