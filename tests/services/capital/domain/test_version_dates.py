"""Versions follow each other day by day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.refusals import (
    VersionDateTaken,
    VersionGap,
    VersionInUse,
    VersionLeavesRequests,
    VersionOverlap,
)
from services.capital.domain.schemes import Period, Version, version_applying
from services.capital.domain.version_dates import check_succession, require_rules_for, require_unused
from services.kernel.refusals import Refusal

DAY = timedelta(days=1)
NEW_YEAR = date(2026, 1, 1)
TEMPLATE = Version(
    id=UUID(int=1),
    created_at=datetime(2020, 1, 1, tzinfo=UTC),
    valid_from=date(2020, 1, 1),
    floor_cents=1_000_00,
    ceiling_cents=2_000_00,
    cae_cap_cents=None,
    cap_period=Period.SCHEME,
    partial_awards=False,
    once_per_person=True,
    funders=(),
)


def version(valid_from: date, valid_until: date | None = None) -> Version:
    return replace(TEMPLATE, valid_from=valid_from, valid_until=valid_until)


@pytest.mark.parametrize(
    ("dates", "refusal"),
    [
        ([(date(2020, 1, 1), None)], None),
        ([(date(2020, 1, 1), date(2025, 12, 31))], None),
        ([(date(2020, 1, 1), None), (NEW_YEAR, None)], None),
        ([(date(2020, 1, 1), date(2025, 12, 31)), (NEW_YEAR, None)], None),
        ([(NEW_YEAR, None), (date(2020, 1, 1), date(2025, 12, 31))], None),
        ([(NEW_YEAR, None), (NEW_YEAR, None)], VersionDateTaken),
        ([(date(2020, 1, 1), date(2025, 12, 31)), (date(2025, 12, 31), None)], VersionOverlap),
        ([(date(2020, 1, 1), date(2025, 12, 31)), (date(2021, 1, 1), date(2022, 1, 1))], VersionOverlap),
        ([(date(2020, 1, 1), date(2025, 12, 31)), (date(2026, 1, 2), None)], VersionGap),
    ],
)
def test_how_versions_may_follow_each_other(
    dates: list[tuple[date, date | None]], refusal: type[Refusal] | None
) -> None:
    versions = [version(*each) for each in dates]

    if refusal is None:
        check_succession(versions)
    else:
        with pytest.raises(refusal):
            check_succession(versions)


def test_a_refusal_says_which_days_and_when_to_start() -> None:
    first = version(date(2020, 1, 1), date(2025, 12, 31))

    with pytest.raises(VersionGap) as gap:
        check_succession([first, version(date(2026, 2, 1))])
    with pytest.raises(VersionOverlap) as overlap:
        check_succession([first, version(date(2025, 7, 1))])

    assert gap.value.facts == {
        "first_day_on": NEW_YEAR,
        "last_day_on": date(2026, 1, 31),
        "expected_on": NEW_YEAR,
    }
    assert overlap.value.facts == {
        "valid_from": date(2025, 7, 1),
        "earlier_from": date(2020, 1, 1),
        "earlier_until": date(2025, 12, 31),
        "expected_on": NEW_YEAR,
    }


days = st.integers(0, 40).map(lambda number: NEW_YEAR + number * DAY)


@given(st.lists(st.tuples(days, st.none() | st.integers(0, 20)), min_size=1, max_size=4))
def test_versions_that_pass_leave_no_day_between_first_and_last_and_say_one_rule_each(
    drawn: list[tuple[date, int | None]],
) -> None:
    versions = [version(start, None if length is None else start + length * DAY) for start, length in drawn]
    starts = [each.valid_from for each in versions]
    span = [min(starts) + number * DAY for number in range((max(starts) - min(starts)).days + 1)]
    stated = [
        [each for each in versions if each.valid_from <= day and each.valid_until and day <= each.valid_until]
        for day in span
    ]
    is_sound = (
        len(set(starts)) == len(starts)
        and all(version_applying(versions, day) for day in span)
        and all(
            version_applying(versions, day) in held or not held
            for day, held in zip(span, stated, strict=True)
        )
        and all(len(held) <= 1 for held in stated)
    )

    try:
        check_succession(versions)
    except (VersionDateTaken, VersionOverlap, VersionGap):
        assert not is_sound
    else:
        assert is_sound


def test_an_end_voted_late_leaves_no_open_request_behind() -> None:
    ended = [version(date(2020, 1, 1), date(2025, 12, 31))]
    require_rules_for(ended, [date(2025, 12, 31)])

    with pytest.raises(VersionLeavesRequests) as refusal:
        require_rules_for(ended, [date(2025, 6, 1), date(2026, 3, 1), NEW_YEAR])

    assert refusal.value.code == "version-gap"
    assert refusal.value.facts == {"requests": 2, "first_day_on": NEW_YEAR, "last_day_on": date(2026, 3, 1)}


@pytest.mark.parametrize(
    ("valid_from", "requests", "is_in_use"),
    [(NEW_YEAR, 0, False), (NEW_YEAR + DAY, 0, False), (NEW_YEAR - DAY, 0, True), (NEW_YEAR, 1, True)],
)
def test_what_makes_a_version_one_in_use(valid_from: date, requests: int, is_in_use: bool) -> None:
    if not is_in_use:
        require_unused(version(valid_from), requests=requests, today=NEW_YEAR)
        return
    with pytest.raises(VersionInUse) as refusal:
        require_unused(version(valid_from), requests=requests, today=NEW_YEAR)
    assert refusal.value.facts == {"valid_from": valid_from, "requests": requests, "today": NEW_YEAR}
