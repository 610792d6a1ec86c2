from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.calendar import accounting_day, add_months, require_order, require_past, today_in_paris
from services.kernel.date_fields import DateField
from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 1, 31), 2, date(2024, 3, 31)),
        (date(2024, 1, 31), 3, date(2024, 4, 30)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2024, 12, 31), 2, date(2025, 2, 28)),
        (date(2024, 5, 15), 0, date(2024, 5, 15)),
        (date(2029, 3, 1), -12, date(2028, 3, 1)),
    ],
)
def test_months_are_counted_from_the_start_and_cut_to_the_last_day(
    start: date, months: int, expected: date
) -> None:
    assert add_months(start, months) == expected


@given(
    start=st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31)),
    months=st.integers(min_value=-1_200, max_value=1_200),
)
def test_months_are_those_of_the_library_that_is_known_for_them(start: date, months: int) -> None:
    assert add_months(start, months) == start + relativedelta(months=months)


def test_counting_from_the_disbursement_is_not_counting_from_the_previous_due_date() -> None:
    disbursed = date(2024, 1, 31)

    assert add_months(disbursed, 2) == date(2024, 3, 31)
    assert add_months(add_months(disbursed, 1), 1) == date(2024, 3, 29)


@given(
    start=st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31)),
    months=st.integers(min_value=0, max_value=120),
)
def test_a_month_later_is_the_same_day_or_the_month_s_last(start: date, months: int) -> None:
    later = add_months(start, months)

    assert (later.year - start.year) * 12 + later.month - start.month == months
    assert later.day == start.day or (
        later.day < start.day and (later + timedelta(days=1)).month != later.month
    )


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2024, 1, 31, 22, 59, 59, tzinfo=UTC), date(2024, 1, 31)),
        (datetime(2024, 1, 31, 23, 0, 0, tzinfo=UTC), date(2024, 2, 1)),
        (datetime(2024, 7, 14, 21, 59, 59, tzinfo=UTC), date(2024, 7, 14)),
        (datetime(2024, 7, 14, 22, 0, 0, tzinfo=UTC), date(2024, 7, 15)),
        (datetime(2024, 3, 31, 22, 0, 0, tzinfo=UTC), date(2024, 4, 1)),
        (datetime(2024, 10, 27, 22, 30, 0, tzinfo=UTC), date(2024, 10, 27)),
    ],
)
def test_the_accounting_day_turns_at_midnight_in_paris(instant: datetime, day: date) -> None:
    assert accounting_day(instant) == day


def test_today_is_the_accounting_day_of_now() -> None:
    before, today, after = datetime.now(UTC), today_in_paris(), datetime.now(UTC)

    assert accounting_day(before) <= today <= accounting_day(after)


def test_a_business_date_may_be_today_or_long_past_never_tomorrow() -> None:
    today = date(2024, 3, 1)
    require_past(DateField.PAID_ON, today, today)
    require_past(DateField.PAID_ON, date(2002, 1, 1), today)

    with pytest.raises(DateInTheFuture) as refused:
        require_past(DateField.PAID_ON, date(2024, 3, 2), today)

    assert refused.value.facts == {"field": "paid_on", "on": date(2024, 3, 2), "today": today}
    assert "02/03/2024" in refused.value.message()


def test_dates_of_the_same_day_are_in_order() -> None:
    day = date(2024, 3, 1)
    require_order(DateField.SIGNED_ON, day, DateField.DISBURSED_ON, day)
    require_order(DateField.SIGNED_ON, day, DateField.DISBURSED_ON, date(2024, 3, 2))

    with pytest.raises(DatesOutOfOrder) as refused:
        require_order(DateField.SIGNED_ON, day, DateField.DISBURSED_ON, date(2024, 2, 29))

    assert refused.value.facts["earlier_on"] == day
    assert refused.value.facts["later"] == "disbursed_on"
