from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.loans.domain.portfolio.findings import Defect, DefectError
from services.loans.domain.portfolio.sheet import Row
from services.loans.domain.portfolio.values import (
    read_amount_cents,
    read_date,
    read_months,
    read_number,
    read_siret,
    read_text,
)

TODAY = date(2026, 3, 1)
SPACES = (" ", "\u00a0", "\u202f", "\u2009")


def cell(text: str) -> Row:
    return Row(2, {"column": text.strip()}, has_surplus=False)


def defect_of(read: Callable[[Row, str], object], text: str) -> Defect:
    with pytest.raises(DefectError) as defect:
        read(cell(text), "column")
    assert defect.value.column == "column"
    return defect.value.code


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("6500,00", 6_500_00),
        ("1 000,00", 1_000_00),
        ("1\u00a0000,00", 1_000_00),
        ("1\u202f234\u202f567,89 €", 1_234_567_89),
        ("1\u2009000", 1_000_00),
        ("7 999,99 €", 7_999_99),
        ("7999,99€", 7_999_99),
        ("€ 12,5", 12_50),
        ("8 000 EUR", 8_000_00),
        ("8000 euros", 8_000_00),
        ("\u200b8000", 8_000_00),
        ("0,01", 1),
    ],
)
def test_amounts(text: str, cents: int) -> None:
    assert read_amount_cents(cell(text), "column") == cents


@given(cents=st.integers(1, 10**10), space=st.sampled_from(("", *SPACES)), mark=st.sampled_from(("", " €")))
def test_an_amount_reads_as_it_was_written(cents: int, space: str, mark: str) -> None:
    euros, rest = divmod(cents, 100)
    text = f"{euros:,}".replace(",", space) + f",{rest:02d}{mark}"
    assert read_amount_cents(cell(text), "column") == cents


@pytest.mark.parametrize(
    "text",
    [
        "", "huit mille", "8.000,00", "8000.00", "1,234", "1 00,00", "1 0000", "0", "0,00", "1e3", "12 €€ 3",
        "12,", ",5", "٣", "9" * 400, "100 000 000,01",
    ],
)  # fmt: skip
def test_amounts_that_are_none(text: str) -> None:
    assert defect_of(read_amount_cents, text) is Defect.AMOUNT


@pytest.mark.parametrize("text", ["-50,00", "\u221250", "– 50,00 €", "(50,00)", "50,00-"])
def test_negative_amounts(text: str) -> None:
    assert defect_of(read_amount_cents, text) is Defect.NEGATIVE


def test_a_loss_of_nothing_may_be_blank_or_zero() -> None:
    assert read_amount_cents(cell(""), "column", may_be_nothing=True) == 0
    assert read_amount_cents(cell("0,00 €"), "column", may_be_nothing=True) == 0


@pytest.mark.parametrize(
    ("text", "on"),
    [("15/09/2021", date(2021, 9, 15)), ("29/02/2024", date(2024, 2, 29)), ("1/3/2026", date(2026, 3, 1))],
)
def test_dates(text: str, on: date) -> None:
    assert read_date(cell(text), "column", today=TODAY) == on


@pytest.mark.parametrize(
    "text", ["", "31/02/2024", "15/09/21", "2021-09-15", "09/15/2021", "15.09.2021", "01/01/0001", "x"]
)
def test_dates_that_are_none(text: str) -> None:
    assert defect_of(lambda row, column: read_date(row, column, today=TODAY), text) is Defect.DATE


def test_a_date_to_come_is_no_fact() -> None:
    assert defect_of(lambda row, column: read_date(row, column, today=TODAY), "02/03/2026") is Defect.FUTURE


def test_months() -> None:
    assert read_months(cell("36"), "column") == 36
    assert read_months(cell(""), "column", may_be_blank=True) == 0


@pytest.mark.parametrize("text", ["", "36,5", "-3", "douze", "241"])
def test_months_that_are_none(text: str) -> None:
    assert defect_of(read_months, text) is Defect.DURATION


@pytest.mark.parametrize("text", ["940 708 530 00305", "94070853000305", "940\u00a0708\u202f530 00305"])
def test_sirets(text: str) -> None:
    assert read_siret(cell(text), "column") == "94070853000305"


@pytest.mark.parametrize("text", ["", "123 456 789 00012", "9,40709E+13", "940708530"])
def test_sirets_that_are_none(text: str) -> None:
    assert defect_of(read_siret, text) is Defect.SIRET


def test_a_number_has_single_spaces_and_a_length() -> None:
    assert read_number(cell("PH  84\u00a012"), "column") == "PH 84 12"
    assert defect_of(read_number, "") is Defect.NUMBER
    assert defect_of(read_number, "9" * 101) is Defect.NUMBER


def test_a_text_has_a_length() -> None:
    assert read_text(cell("L'Orge\u00a0et  le Blé"), "column") == "L'Orge et le Blé"
    assert defect_of(read_text, " ") is Defect.TEXT
    assert defect_of(read_text, "x" * 201) is Defect.TEXT
