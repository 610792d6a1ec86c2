from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.calendar import add_months
from services.loans.domain.schedule import allocate, due_cents, make_schedule, oldest_unpaid_due
from services.loans.domain.terms import Terms

SCHEDULES = {
    "8 000.00 over 36 months: 8 instalments of 222.23 then 28 of 222.22": (
        Terms(8_000_00, 36, 0),
        date(2025, 1, 15),
        [222_23] * 8 + [222_22] * 28,
        {1: date(2025, 2, 15), 36: date(2028, 1, 15)},
    ),
    "disbursed 31 January 2024: the day is cut to the month's last, never carried": (
        Terms(1_200_00, 12, 0),
        date(2024, 1, 31),
        [100_00] * 12,
        {1: date(2024, 2, 29), 2: date(2024, 3, 31), 3: date(2024, 4, 30), 12: date(2025, 1, 31)},
    ),
    "3 months of grace inside 24: 21 instalments, the first in the fourth month": (
        Terms(6_500_00, 24, 3),
        date(2021, 9, 15),
        [309_53] * 8 + [309_52] * 13,
        {1: date(2022, 1, 15), 21: date(2023, 9, 15)},
    ),
}


@pytest.mark.parametrize("story", SCHEDULES)
def test_schedules_as_an_officer_reads_them(story: str) -> None:
    terms, disbursed_on, amounts, due_dates = SCHEDULES[story]

    schedule = make_schedule(terms, disbursed_on, grace_included=True)

    assert [instalment.amount_cents for instalment in schedule] == amounts
    assert {rank: schedule[rank - 1].due_on for rank in due_dates} == due_dates


def test_grace_beside_the_duration_keeps_every_instalment() -> None:
    schedule = make_schedule(Terms(2_400_00, 24, 3), date(2021, 9, 15), grace_included=False)

    assert [schedule[0].due_on, schedule[-1].due_on] == [date(2022, 1, 15), date(2023, 12, 15)]
    assert len(schedule) == 24


def test_grace_months_are_never_due() -> None:
    schedule = make_schedule(Terms(6_500_00, 24, 3), date(2021, 9, 15), grace_included=True)

    assert due_cents(schedule, date(2022, 1, 14)) == 0
    assert oldest_unpaid_due(schedule, 0, date(2022, 1, 14)) is None
    assert due_cents(schedule, date(2022, 1, 15)) == 309_53


terms_of_any_loan = st.integers(0, 24).flatmap(
    lambda grace: st.builds(
        Terms, st.integers(1_000, 10_000_000), st.integers(grace + 1, grace + 84), st.just(grace)
    )
)
days = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@given(terms_of_any_loan, days, st.booleans())
def test_a_schedule_adds_up_to_its_principal(terms: Terms, disbursed_on: date, grace_included: bool) -> None:
    schedule = make_schedule(terms, disbursed_on, grace_included=grace_included)

    assert sum(instalment.amount_cents for instalment in schedule) == terms.amount_cents
    assert schedule[-1].cumulative_cents == terms.amount_cents
    assert max(i.amount_cents for i in schedule) - min(i.amount_cents for i in schedule) <= 1
    assert [i.rank for i in schedule] == list(range(1, len(schedule) + 1))
    assert all(i.due_on == add_months(disbursed_on, terms.grace_months + i.rank) for i in schedule)


@given(terms_of_any_loan, days, st.data())
def test_what_is_allocated_is_what_was_paid(terms: Terms, disbursed_on: date, data: st.DataObject) -> None:
    schedule = make_schedule(terms, disbursed_on, grace_included=True)
    before = data.draw(st.integers(0, terms.amount_cents - 1))
    amount = data.draw(st.integers(1, terms.amount_cents - before))

    allocations = allocate(schedule, before, amount)

    assert sum(allocation.amount_cents for allocation in allocations) == amount
    assert sum(instalment.paid_cents(before + amount) for instalment in schedule) == before + amount
    assert [a.rank for a in allocations] == sorted({a.rank for a in allocations})


@given(terms_of_any_loan, days, st.data())
def test_a_loan_is_late_exactly_when_less_came_than_was_due(
    terms: Terms, disbursed_on: date, data: st.DataObject
) -> None:
    schedule = make_schedule(terms, disbursed_on, grace_included=True)
    received = data.draw(st.integers(0, terms.amount_cents))
    on = disbursed_on + timedelta(days=data.draw(st.integers(0, 4_000)))

    oldest = oldest_unpaid_due(schedule, received, on)

    assert (oldest is not None) == (due_cents(schedule, on) > received)
