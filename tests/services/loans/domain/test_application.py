from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder, StatusForbids
from services.loans.domain.application import (
    FIRST_STATUSES,
    MOVES,
    OPEN_TO,
    Application,
    ApplicationAct,
    ApplicationStatus,
    Decision,
    cancel,
    check_submission,
    decide,
    decline,
    disburse,
    lapse,
    lapses_on,
    move,
    require_open_to,
    review,
    sign,
    withdraw,
)
from services.loans.domain.committee import Committee, Member, Outcome
from services.loans.domain.refusals import OfferLapsed, Refusal
from services.loans.domain.terms import DEFAULT_SETTINGS, FundSettings, Terms
from tests.factories.loans import TODAY, application

HELD_ON = date(2024, 3, 14)
COMMITTEE = Committee(
    held_on=HELD_ON,
    present=tuple(Member(name, "Région") for name in ("Ada", "Blaise", "Claude")),
    stood_aside=(),
    votes_for=3,
    votes_against=0,
)
APPROVAL = Decision(Outcome.APPROVED, COMMITTEE, Terms(6_000_00, 24, 3))


def under_review(asked: Application | None = None) -> Application:
    return review(asked or application())


def approved() -> Application:
    return decide(under_review(), APPROVAL, DEFAULT_SETTINGS, today=TODAY)


def test_an_act_moves_or_leaves_the_status_as_it_is() -> None:
    assert {act for _, act in MOVES} | set(OPEN_TO) == set(ApplicationAct)
    assert not {act for _, act in MOVES} & set(OPEN_TO)


@pytest.mark.parametrize("act", OPEN_TO)
@pytest.mark.parametrize("status", ApplicationStatus)
def test_what_moves_nothing_is_done_where_the_table_says(
    status: ApplicationStatus, act: ApplicationAct
) -> None:
    if status in OPEN_TO[act]:
        require_open_to(status, act)
        return
    with pytest.raises(StatusForbids) as refused:
        require_open_to(status, act)
    assert set(refused.value.facts["possible_from"]) == OPEN_TO[act]


@pytest.mark.parametrize("act", sorted({act for _, act in MOVES}))
@pytest.mark.parametrize("status", ApplicationStatus)
def test_no_status_is_reached_but_through_the_table(status: ApplicationStatus, act: ApplicationAct) -> None:
    dossier = replace(application(), status=status)
    if (status, act) in MOVES:
        assert move(dossier, act).status is MOVES[status, act]
        return
    with pytest.raises(StatusForbids) as refused:
        move(dossier, act)
    assert refused.value.facts["status"] == status.value
    assert refused.value.facts["possible_from"]


def test_every_status_can_be_reached() -> None:
    assert {*FIRST_STATUSES, *MOVES.values()} == set(ApplicationStatus)


def test_from_the_first_call_to_the_disbursement() -> None:
    signed = sign(approved(), signed_on=date(2024, 4, 1), settings=DEFAULT_SETTINGS, today=TODAY)
    paid_out = disburse(signed, disbursed_on=date(2024, 4, 10), loan_id=UUID(int=7), today=TODAY)

    assert [approved().committed_cents, signed.committed_cents, paid_out.committed_cents] == [
        6_000_00,
        6_000_00,
        0,
    ]
    assert paid_out.status is ApplicationStatus.DISBURSED


def test_a_decline_frees_what_was_committed() -> None:
    declined = decline(approved(), on=date(2024, 3, 20), reason="autre financement", today=TODAY)

    assert (declined.status, declined.committed_cents) == (ApplicationStatus.DECLINED, 0)


def test_a_refusal_commits_nothing() -> None:
    refusal = Decision(Outcome.REFUSED, COMMITTEE, granted=None, reason="projet trop récent")

    refused = decide(under_review(), refusal, DEFAULT_SETTINGS, today=TODAY)

    assert (refused.status, refused.committed_cents) == (ApplicationStatus.REFUSED, 0)


def test_a_session_long_before_its_recording_stands() -> None:
    """The day of recording is never compared: a dossier typed in today may have been decided years ago."""
    decided = decide(
        under_review(),
        replace(APPROVAL, committee=replace(COMMITTEE, held_on=date(2015, 1, 1))),
        DEFAULT_SETTINGS,
        today=TODAY,
    )
    assert decided.status is ApplicationStatus.APPROVED


def test_a_session_before_the_day_the_paper_says_it_was_submitted_does_not() -> None:
    dossier = under_review(application(submitted_on=date(2024, 3, 15)))
    with pytest.raises(DatesOutOfOrder):
        decide(dossier, APPROVAL, DEFAULT_SETTINGS, today=TODAY)


def test_an_offer_is_signed_within_the_days_the_fund_leaves() -> None:
    last_day, day_after = date(2024, 6, 12), date(2024, 6, 13)

    assert sign(approved(), signed_on=last_day, settings=DEFAULT_SETTINGS, today=TODAY).signed_on == last_day
    with pytest.raises(OfferLapsed) as refused:
        sign(approved(), signed_on=day_after, settings=DEFAULT_SETTINGS, today=TODAY)
    assert refused.value.facts == {"held_on": HELD_ON, "open_until": last_day, "signed_on": day_after}
    no_limit = FundSettings(offer_days=None)
    assert sign(approved(), signed_on=day_after, settings=no_limit, today=TODAY).signed_on == day_after


def test_dates_follow_each_other() -> None:
    signed = sign(approved(), signed_on=date(2024, 4, 1), settings=DEFAULT_SETTINGS, today=TODAY)
    with pytest.raises(DatesOutOfOrder):
        sign(approved(), signed_on=date(2024, 3, 13), settings=DEFAULT_SETTINGS, today=TODAY)
    with pytest.raises(DatesOutOfOrder):
        decline(approved(), on=date(2024, 3, 13), reason=None, today=TODAY)
    with pytest.raises(DatesOutOfOrder):
        disburse(signed, disbursed_on=date(2024, 3, 31), loan_id=UUID(int=7), today=TODAY)
    with pytest.raises(DateInTheFuture):
        disburse(signed, disbursed_on=date(2026, 7, 1), loan_id=UUID(int=7), today=TODAY)
    with pytest.raises(DateInTheFuture):
        check_submission(application(submitted_on=date(2026, 7, 1)), DEFAULT_SETTINGS, today=TODAY)
    with pytest.raises(DatesOutOfOrder):
        withdraw(application(submitted_on=date(2024, 3, 15)), on=date(2024, 3, 14), reason=None, today=TODAY)


@pytest.mark.parametrize(
    ("terms", "code"),
    [(Terms(9_000_00, 36, 0), "amount-above-maximum"), (Terms(8_000_00, 72, 0), "duration-too-long")],
)
def test_the_limits_hold_for_the_terms_asked_and_for_those_granted(terms: Terms, code: str) -> None:
    with pytest.raises(Refusal) as refused_at_the_door:
        check_submission(application(terms), DEFAULT_SETTINGS, today=TODAY)
    with pytest.raises(Refusal) as refused_in_session:
        decide(under_review(), replace(APPROVAL, granted=terms), DEFAULT_SETTINGS, today=TODAY)

    assert [refused_at_the_door.value.code, refused_in_session.value.code] == [code, code]


def test_an_offer_lapses_the_day_after_its_last() -> None:
    last_day, day_after = date(2024, 6, 12), date(2024, 6, 13)

    assert lapses_on(approved(), DEFAULT_SETTINGS.offer_days) == day_after
    assert lapse(approved(), offer_days=90, today=last_day) is None
    lapsed = lapse(approved(), offer_days=90, today=day_after)
    assert lapsed is not None
    assert (lapsed.status, lapsed.ended_on, lapsed.committed_cents) == (
        ApplicationStatus.LAPSED,
        day_after,
        0,
    )
    found_late = lapse(approved(), offer_days=90, today=TODAY)
    assert found_late is not None
    assert found_late.ended_on == day_after


def test_an_offer_of_no_days_lapses_the_day_after_the_session_and_one_without_a_limit_never() -> None:
    assert lapses_on(approved(), 0) == date(2024, 3, 15)
    assert lapses_on(approved(), None) is None
    assert lapse(approved(), offer_days=None, today=TODAY) is None


def test_a_paper_that_comes_late_is_of_its_day() -> None:
    lapsed = lapse(approved(), offer_days=90, today=TODAY)
    assert lapsed is not None

    signed = sign(lapsed, signed_on=date(2024, 6, 12), settings=DEFAULT_SETTINGS, today=TODAY)

    assert (signed.status, signed.ended_on, signed.committed_cents) == (
        ApplicationStatus.SIGNED,
        None,
        6_000_00,
    )
    with pytest.raises(OfferLapsed):
        sign(lapsed, signed_on=date(2024, 6, 13), settings=DEFAULT_SETTINGS, today=TODAY)


def test_a_cancelled_offer_frees_what_was_committed_and_keeps_its_signature() -> None:
    signed = sign(approved(), signed_on=date(2024, 4, 1), settings=DEFAULT_SETTINGS, today=TODAY)

    cancelled = cancel(signed, on=date(2024, 4, 15), reason="projet abandonné", today=TODAY)

    assert (cancelled.status, cancelled.committed_cents) == (ApplicationStatus.CANCELLED, 0)
    assert (cancelled.signed_on, cancelled.ended_on) == (date(2024, 4, 1), date(2024, 4, 15))
    with pytest.raises(DatesOutOfOrder):
        cancel(signed, on=date(2024, 3, 31), reason="x", today=TODAY)
    with pytest.raises(DateInTheFuture):
        cancel(signed, on=date(2026, 7, 1), reason="x", today=TODAY)
