from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.awards import Award, Reason, Withheld
from services.capital.domain.de_minimis import (
    Aid,
    CeilingRule,
    Window,
    hold_to_ceiling,
    over_the_ceiling,
)

OLDER = CeilingRule(
    valid_from=date(2014, 1, 1),
    regulation="règlement (UE) 1407/2013",
    ceiling_cents=200_000_00,
    window=Window.FISCAL_YEARS,
    window_years=3,
    source="art. 3",
)
PRESENT = CeilingRule(
    valid_from=date(2024, 1, 1),
    regulation="règlement (UE) 2023/2831",
    ceiling_cents=300_000_00,
    window=Window.ROLLING,
    window_years=3,
    source="art. 3",
)
RULES = (OLDER, PRESENT)
DAY = date(2026, 11, 28)


def left(aid: Aid, day: date = DAY) -> int | None:
    return aid.left_cents(day)


def test_three_years_roll_by_the_day() -> None:
    aid = Aid(RULES, {date(2024, 3, 1): 120_000_00, date(2025, 6, 1): 50_000_00})

    assert left(aid, date(2027, 3, 1)) == 130_000_00
    assert left(aid, date(2027, 3, 2)) == 250_000_00


def test_a_leap_day_counts_until_the_last_of_february() -> None:
    aid = Aid(RULES, {date(2024, 2, 29): 100_000_00})

    assert left(aid, date(2027, 2, 28)) == 200_000_00
    assert left(aid, date(2027, 3, 1)) == 300_000_00
    assert PRESENT.counted_from(date(2028, 2, 29)) == date(2025, 2, 28)


def test_fiscal_years_count_whole() -> None:
    aid = Aid(RULES, {date(2020, 12, 31): 60_000_00, date(2021, 1, 1): 30_000_00})

    assert left(aid, date(2022, 12, 31)) == 110_000_00
    assert left(aid, date(2023, 1, 1)) == 170_000_00
    assert left(aid, date(2023, 12, 31)) == 170_000_00


def test_the_rule_is_that_of_the_day_and_counts_what_was_granted_under_the_older_one() -> None:
    aid = Aid(RULES, {date(2021, 12, 1): 190_000_00})

    assert left(aid, date(2023, 6, 1)) == 10_000_00
    assert left(aid, date(2024, 6, 1)) == 110_000_00
    assert left(aid, date(2024, 12, 2)) == 300_000_00


def test_before_the_first_rule_nothing_is_a_limit() -> None:
    assert left(Aid(RULES, {}), date(2013, 12, 31)) is None
    assert left(Aid((), {DAY: 900_000_00})) is None


def test_a_decision_recorded_late_leaves_standing_what_was_granted_after_it() -> None:
    later = date(2025, 9, 1)
    aid = Aid(RULES, {later: 280_000_00})

    room = aid.room_on(date(2025, 3, 1))

    assert room is not None
    assert (room.left_cents, room.received_cents, room.counted_on) == (20_000_00, 280_000_00, later)
    # Three years before it, the later aid does not count any more.
    assert left(aid, date(2022, 8, 31)) == 200_000_00


def test_of_its_own_day_the_older_ceiling_may_leave_less_than_the_later_one() -> None:
    aid = Aid(RULES, {date(2023, 5, 1): 150_000_00, date(2024, 5, 1): 90_000_00})

    assert left(aid, date(2023, 12, 31)) == 50_000_00


def test_more_than_the_ceiling_from_elsewhere_leaves_no_room_and_takes_nothing_back() -> None:
    assert left(Aid(RULES, {DAY: 350_000_00})) == 0


def test_an_award_is_given_whole_or_refused_whole() -> None:
    award = Award(2_000_00, 1_300_00, (Withheld(Reason.CAE_CAP_REACHED, 700_00),))

    assert hold_to_ceiling(award, None) is award
    assert hold_to_ceiling(award, 1_300_00) is award
    refused = hold_to_ceiling(award, 1_299_99)
    assert (refused.amount_cents, refused.reason) == (0, Reason.DE_MINIMIS_CEILING_REACHED)
    assert sum(one.amount_cents for one in refused.withheld) == 2_000_00


def test_the_refusal_tells_the_highest_amount_that_would_pass() -> None:
    room = Aid(RULES, {date(2025, 1, 15): 299_000_00}).room_on(DAY)
    assert room is not None

    refusal = over_the_ceiling(2_000_00, room, DAY)

    assert refusal.facts == {
        "award_cents": 2_000_00,
        "room_cents": 1_000_00,
        "ceiling_cents": 300_000_00,
        "received_cents": 299_000_00,
        "counted_from": date(2023, 11, 28),
        "counted_on": DAY,
        "decided_on": DAY,
        "regulation": "règlement (UE) 2023/2831",
    }
    assert "1 000,00" in refusal.message().replace("\u202f", " ").replace("\xa0", " ")


def worst_window(aid: Aid) -> int:
    """By how much a window passes its ceiling, at worst: every window is tried, and added up afresh."""
    over = [0]
    for day, cents in aid.granted_cents.items():
        rule = PRESENT if day >= PRESENT.valid_from else OLDER
        first = rule.counted_from(day)
        total = sum(amount for other, amount in aid.granted_cents.items() if first <= other <= day)
        over += [total - rule.ceiling_cents] if cents else []
    return max(over)


GRANTS = st.lists(
    st.tuples(
        st.dates(date(2019, 1, 1), date(2029, 12, 31)),
        st.integers(1, 120_000_00),
    ),
    max_size=25,
)


@given(GRANTS)
def test_in_whatever_order_decisions_are_recorded_no_window_is_passed(grants: list[tuple[date, int]]) -> None:
    aid = Aid(RULES)
    for day, cents in grants:
        room = left(aid, day)
        assert room is not None
        if cents <= room:
            aid = aid.granted(day, cents)
        else:
            # What would pass is told exactly: a cent more is over.
            assert worst_window(aid.granted(day, room)) == 0
            assert worst_window(aid.granted(day, room + 1)) > 0

    assert worst_window(aid) == 0


@pytest.mark.parametrize("window", Window)
@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_a_window_moves_with_its_day(window: Window, day: date) -> None:
    rule = replace(PRESENT, window=window)

    assert rule.counted_from(day) <= rule.counted_from(day + timedelta(days=1)) <= day + timedelta(days=1)
