import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.french_spreadsheet import BYTE_ORDER_MARK, as_text, euros, written


@pytest.mark.parametrize(
    ("cents", "shown"),
    [(0, "0,00"), (5, "0,05"), (-5, "-0,05"), (123_456, "1234,56"), (-100_00, "-100,00")],
)
def test_cents_are_written_with_a_decimal_comma(cents: int, shown: str) -> None:
    assert euros(cents) == shown


@given(st.text(alphabet='=+-@\tab ;"\n', max_size=6))
def test_no_name_is_taken_for_a_formula_and_none_is_lost(name: str) -> None:
    assert not as_text(name).startswith(("=", "+", "-", "@", "\t"))
    assert as_text(name).removeprefix("'") == name.removeprefix("'")


def test_a_table_is_read_back_as_it_was() -> None:
    rows = [["Financeur", "Payé"], ['Région ; "Sud"', "1,00"]]

    table = written(rows)

    assert table.startswith(BYTE_ORDER_MARK)
    assert list(csv.reader(table.removeprefix(BYTE_ORDER_MARK).splitlines(), delimiter=";")) == rows
