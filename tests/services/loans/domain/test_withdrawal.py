import pytest

from services.loans.domain.fund_refusals import FunderShareShort, FundShortOn
from services.loans.domain.withdrawal import FreeMoney, check_withdrawal, part_of_commitment
from tests.factories.loans import REGION_FUNDER, STATE_FUNDER, day, euros


def days(*rows: tuple[str, str, str]) -> list[FreeMoney]:
    return [FreeMoney(day(on), euros(available), euros(own)) for on, available, own in rows]


# In the fund, and of the funder's own, on the day of the withdrawal and since.
QUIET = days(("2024-06-01", "5 000.00", "1 000.00"))
LEAN_SINCE = days(
    ("2024-06-01", "5 000.00", "1 000.00"),
    ("2024-07-01", "300.00", "900.00"),
    ("2024-08-01", "5 000.00", "250.00"),
    ("2024-09-01", "9 000.00", "2 000.00"),
)


@pytest.mark.parametrize(
    ("when", "amount", "committed"),
    [(QUIET, "1 000.00", "0"), (QUIET, "600.00", "400.00"), (LEAN_SINCE, "250.00", "0")],
)
def test_what_is_free_may_leave(when: list[FreeMoney], amount: str, committed: str) -> None:
    check_withdrawal(when, amount_cents=euros(amount), own_commitment_cents=euros(committed))


@pytest.mark.parametrize(
    ("when", "amount", "committed", "free"),
    [
        (QUIET, "1 000.01", "0", 1_000_00),
        (QUIET, "600.01", "400.00", 600_00),
        (LEAN_SINCE, "250.01", "0", 250_00),
    ],
)
def test_a_funder_takes_back_no_more_than_its_own(
    when: list[FreeMoney], amount: str, committed: str, free: int
) -> None:
    with pytest.raises(FunderShareShort) as refused:
        check_withdrawal(when, amount_cents=euros(amount), own_commitment_cents=euros(committed))
    assert refused.value.facts["free_cents"] == free


def test_a_fund_that_was_short_since_refuses_and_says_when() -> None:
    with pytest.raises(FundShortOn) as refused:
        check_withdrawal(LEAN_SINCE, amount_cents=300_01, own_commitment_cents=0)
    assert (refused.value.facts["on"], refused.value.facts["available_cents"]) == (day("2024-07-01"), 300_00)


def test_a_commitment_counts_as_it_would_be_split() -> None:
    weights = {REGION_FUNDER: 80_00, STATE_FUNDER: 20_00}
    assert part_of_commitment(5_000_00, weights, STATE_FUNDER) == 1_000_00
    assert part_of_commitment(0, weights, STATE_FUNDER) == 0
    assert part_of_commitment(5_000_00, {REGION_FUNDER: 1}, STATE_FUNDER) == 0
