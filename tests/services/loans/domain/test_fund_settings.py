from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.loans.domain.fund_refusals import SettingsNotLater
from services.loans.domain.fund_settings import DatedSettings, first_version, in_force, next_version
from services.loans.domain.terms import FundSettings

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TODAY = NOW.date()
OPENED = first_version(FundSettings(quorum=1), date(2020, 1, 1), NOW)


def changed(
    versions: tuple[DatedSettings, ...], quorum: int, valid_from: date, today: date = TODAY
) -> tuple[DatedSettings, ...]:
    made = next_version(
        versions, FundSettings(quorum=quorum), valid_from=valid_from, recorded_at=NOW, today=today
    )
    return (*versions[: made.version - 1], made)


def test_a_version_holds_from_its_day_until_the_next_one_does() -> None:
    versions = changed(changed((OPENED,), 2, date(2024, 2, 1)), 3, date(2026, 7, 1))

    held = {
        on: in_force(versions, on).version for on in (date(2019, 1, 1), date(2024, 1, 31), date(2024, 2, 1))
    }
    assert held == {date(2019, 1, 1): 1, date(2024, 1, 31): 1, date(2024, 2, 1): 2}
    assert [in_force(versions, on).version for on in (TODAY, date(2026, 7, 1))] == [2, 3]


def test_a_version_to_come_is_replaced_by_one_of_the_same_day() -> None:
    coming = changed((OPENED,), 2, date(2026, 7, 1))

    assert [one.settings.quorum for one in changed(coming, 5, date(2026, 7, 1))] == [1, 5]
    assert [one.version for one in changed(coming, 5, date(2026, 8, 1))] == [1, 2, 3]


@pytest.mark.parametrize("valid_from", [date(2019, 12, 31), date(2020, 1, 1)])
def test_a_version_that_holds_is_never_replaced(valid_from: date) -> None:
    with pytest.raises(SettingsNotLater):
        changed((OPENED,), 2, valid_from)


def test_once_its_day_has_come_a_version_stays() -> None:
    coming = changed((OPENED,), 2, date(2026, 7, 1))
    with pytest.raises(SettingsNotLater):
        changed(coming, 5, date(2026, 7, 1), today=date(2026, 7, 1))


@given(st.sets(st.dates(date(2020, 1, 2), date(2026, 6, 30)), max_size=6), st.dates(date(2019, 1, 1)))
def test_the_version_of_a_day_is_the_last_one_to_begin(begun: set[date], on: date) -> None:
    versions: tuple[DatedSettings, ...] = (OPENED,)
    for quorum, valid_from in enumerate(sorted(begun), start=2):
        versions = changed(versions, quorum, valid_from)

    found = in_force(versions, on)

    assert found.version == 1 + sum(valid_from <= on for valid_from in begun)
