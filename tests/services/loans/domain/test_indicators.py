from datetime import date

import pytest

from services.loans.domain.indicators import FORMULAS, IndicatorKind, PortfolioSums, make_indicators, percent


@pytest.mark.parametrize(
    ("numerator_cents", "denominator_cents", "value"),
    [
        (97_000_00, 100_000_00, "97.00"),
        (91118489, 93439405, "97.52"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 20_000, "0.01"),
        (1, 20_001, "0.00"),
        (-1, 4, "-25.00"),
        (5, 4, "125.00"),
        (0, 0, None),
    ],
)
def test_percentages_are_computed_on_whole_cents(
    numerator_cents: int, denominator_cents: int, value: str | None
) -> None:
    assert percent(numerator_cents, denominator_cents) == value


def test_an_indicator_carries_what_it_is_made_of() -> None:
    sums = PortfolioSums(
        due=100_000_00, received_on_due=97_000_00, disbursed=200_000_00, written_off=1_500_00
    )

    rate = make_indicators(sums, date(2025, 12, 31)).repayment_rate

    assert (rate.value, rate.numerator_cents, rate.denominator_cents) == ("97.00", 97_000_00, 100_000_00)
    assert rate.as_of == date(2025, 12, 31)
    assert "échu" in rate.formula.french
    assert make_indicators(sums, rate.as_of).loss_rate.value == "0.75"


def test_every_indicator_says_its_formula() -> None:
    assert set(FORMULAS) == set(IndicatorKind)
