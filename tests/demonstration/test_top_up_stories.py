from datetime import date

from demonstration.scale import FULL, SMALL
from demonstration.top_up_stories import CAE_CAP_CENTS, TopUpStory, scheme_starts_on, sessions
from demonstration.world import TOP_UP_REGION

TODAY = date(2026, 3, 1)


def stories(scale_is_full: bool = True) -> list[TopUpStory]:
    return [
        story for session in sessions(FULL if scale_is_full else SMALL, TODAY) for story in session.requests
    ]


def test_requests_are_as_many_as_asked_one_a_person() -> None:
    assert len(stories()) == FULL.top_up_requests
    assert len(stories(scale_is_full=False)) == SMALL.top_up_requests
    assert len({story.person.reference for story in stories()}) == len(stories())


def test_dates_are_in_order_and_none_lies_ahead() -> None:
    for story in stories():
        assert scheme_starts_on(TODAY) <= story.paid_up_on <= story.requested_on <= TODAY
        assert story.admitted_on is None or story.admitted_on <= story.paid_up_on
        assert story.siret == story.cae.establishments[TOP_UP_REGION]
        assert story.subscribed_cents >= story.paid_up_cents


def test_some_are_not_members_yet_and_their_deadline_lies_ahead() -> None:
    to_come = [story for story in stories() if story.admitted_on is None]
    assert len(to_come) > 10
    assert all(story.person.cesa_on < TODAY < story.person.member_on for story in to_come)


def test_large_caes_ask_for_more_than_the_cap() -> None:
    asked: dict[str, int] = {}
    for story in stories():
        asked[story.cae.siren] = asked.get(story.cae.siren, 0) + story.paid_up_cents
    assert max(asked.values()) > CAE_CAP_CENTS


def test_sessions_decide_what_came_before_them_and_the_last_requests_wait() -> None:
    *decided, waiting = sessions(FULL, TODAY)
    for session in decided:
        assert session.decided_on is not None
        assert all(story.requested_on <= session.decided_on <= TODAY for story in session.requests)
        assert session.paid_on is None or session.decided_on < session.paid_on <= TODAY
    assert [session.is_latest for session in decided] == [False] * (len(decided) - 1) + [True]
    assert (waiting.decided_on, waiting.paid_on) == (None, None)
    assert waiting.requests


def test_the_same_is_told_each_time() -> None:
    assert sessions(SMALL, TODAY) == sessions(SMALL, TODAY)
