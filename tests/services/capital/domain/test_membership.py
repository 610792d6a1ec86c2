"""Worked deadlines of Code du travail L7331-3."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.membership import check_contract, membership_deadline
from services.kernel.calendar import add_months
from services.kernel.contracts import Contract, ContractKind
from services.kernel.refusals import InvalidInput


def cesa(started: str, cape_started: str | None = None, cape_ended: str | None = None) -> Contract:
    return Contract(
        ContractKind.CESA,
        date.fromisoformat(started),
        date.fromisoformat(cape_started) if cape_started else None,
        date.fromisoformat(cape_ended) if cape_ended else None,
    )


@pytest.mark.parametrize(
    ("contract", "deadline"),
    [
        (cesa("2026-03-01"), "2029-03-01"),
        (cesa("2026-03-01", "2025-03-01", "2026-02-28"), "2028-03-01"),
        (cesa("2026-03-01", "2023-03-01", "2026-02-28"), "2026-03-01"),  # 36 months: the day itself
        (cesa("2026-03-01", "2026-02-01", "2026-02-28"), "2029-02-01"),
        (cesa("2026-03-01", "2026-01-15", "2026-02-28"), "2029-01-15"),
        (cesa("2026-06-01", "2025-03-01", "2026-02-28"), "2028-06-01"),  # a gap does not count
        (cesa("2024-02-29"), "2027-02-28"),
        # 2 years, 11 months and 30 days left, counted through a February: no later than three years
        (cesa("2025-03-26", "2024-08-13", "2024-08-13"), "2028-03-26"),
    ],
)
def test_deadlines(contract: Contract, deadline: str) -> None:
    check_contract(contract)

    assert membership_deadline(contract) == date.fromisoformat(deadline)


def test_under_cape_the_clock_has_not_started() -> None:
    assert membership_deadline(Contract(ContractKind.CAPE, date(2026, 3, 1))) is None


@pytest.mark.parametrize(
    ("contract", "pointer"),
    [
        (cesa("2026-03-02", "2023-03-01", "2026-03-01"), "/contract/cape_ended_on"),  # 36 months and a day
        (cesa("2026-03-01", "2022-03-01", "2026-02-28"), "/contract/cape_ended_on"),
        (cesa("2026-03-01", "2025-03-01", "2026-03-02"), "/contract/cape_ended_on"),
        (cesa("2026-03-01", "2025-03-02", "2025-03-01"), "/contract/cape_ended_on"),
        (cesa("2026-03-01", "2025-03-01"), "/contract/cape_ended_on"),
        (cesa("2026-03-01", None, "2026-02-28"), "/contract/cape_started_on"),
        (
            Contract(ContractKind.CAPE, date(2026, 3, 1), date(2025, 3, 1), date(2026, 2, 28)),
            "/contract/cape_started_on",
        ),
    ],
)
def test_dates_that_no_contract_can_have_are_refused_as_input(contract: Contract, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_contract(contract, "/contract")

    assert refusal.value.pointer == pointer


days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(days, st.integers(0, 36 * 31), st.integers(0, 400))
def test_the_deadline_lies_between_the_cesa_and_three_years_later(
    cape_started_on: date, cape_days: int, gap_days: int
) -> None:
    longest_end = add_months(cape_started_on, 36) - timedelta(days=1)
    cape_ended_on = min(cape_started_on + timedelta(days=cape_days), longest_end)
    started_on = cape_ended_on + timedelta(days=1 + gap_days)
    contract = Contract(ContractKind.CESA, started_on, cape_started_on, cape_ended_on)

    check_contract(contract)
    deadline = membership_deadline(contract)

    assert deadline is not None
    assert started_on <= deadline <= add_months(started_on, 36)


@given(days, st.integers(0, 36 * 28))
def test_without_a_gap_the_deadline_is_three_years_after_the_cape_began(
    cape_started_on: date, cape_days: int
) -> None:
    cape_ended_on = cape_started_on + timedelta(days=cape_days)
    contract = Contract(ContractKind.CESA, cape_ended_on + timedelta(days=1), cape_started_on, cape_ended_on)

    assert membership_deadline(contract) == add_months(cape_started_on, 36)
