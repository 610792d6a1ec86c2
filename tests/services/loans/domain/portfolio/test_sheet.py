import pytest

from services.kernel.refusals import InvalidInput
from services.loans.domain.portfolio import sheet
from services.loans.domain.portfolio.findings import PortfolioFile
from services.loans.domain.portfolio.sheet import RepaymentColumn, Row, read_rows
from tests.factories.portfolio import REPAYMENT_HEADINGS, repayments_file


def rows(content: bytes) -> list[Row]:
    return list(read_rows(content, PortfolioFile.REPAYMENTS, tuple(RepaymentColumn)))


def test_lines_count_the_header_as_1_and_skip_nothing_in_counting() -> None:
    content = repayments_file("P-1;a;b;c", "", ";;;", "P-2;a;b;c", "TOTAL;;99,00;", "P-3;a;b;c")
    assert [(row.line, row.cells["N° prêt"]) for row in rows(content)] == [(2, "P-1"), (5, "P-2"), (7, "P-3")]


@pytest.mark.parametrize(
    "total",
    [
        "TOTAL;;1,00;",
        "Total général :;;1,00;",
        ";Totaux;1,00;",
        "sous-total;;1,00;",
        " Total ;;;",
        "Total€;;;",
    ],
)
def test_total_lines_are_not_lines(total: str) -> None:
    assert rows(repayments_file(total)) == []


def test_a_loan_may_be_named_after_a_total() -> None:
    assert [row.cells["N° prêt"] for row in rows(repayments_file("TOTAL-001;a;b;c"))] == ["TOTAL-001"]


def test_columns_are_found_by_name_in_any_order_and_spelling() -> None:
    content = "MODE ; montant;Remarque;N°  PRET;  daté\nvirement;12,00;lu;P-1;01/02/2024\n".encode()
    assert rows(content) == [
        Row(2, {"N° prêt": "P-1", "Date": "01/02/2024", "Montant": "12,00", "Mode": "virement"}, False)
    ]


def test_missing_columns_are_named_together() -> None:
    with pytest.raises(InvalidInput) as refusal:
        rows(b"Montant;Autre\n")
    assert refusal.value.reason == sheet.MISSING
    assert "N° prêt, Date, Mode" in refusal.value.message()


def test_a_file_with_commas_has_no_column() -> None:
    with pytest.raises(InvalidInput) as refusal:
        rows(REPAYMENT_HEADINGS.replace(";", ",").encode())
    assert refusal.value.reason == sheet.MISSING


def test_a_column_that_stands_twice_is_ambiguous() -> None:
    with pytest.raises(InvalidInput) as refusal:
        rows(b"N\xc2\xb0 pret;Date;Montant;Mode;DATE\n")
    assert refusal.value.reason == sheet.TWICE


def test_a_short_line_is_completed_and_a_long_one_is_marked() -> None:
    short, long, padded = rows(repayments_file("P-1;01/02/2024", "P-2;a;b;c;d", "P-3;a;b;c;;"))
    assert (short.cells["Montant"], short.has_surplus) == ("", False)
    assert (long.has_surplus, padded.has_surplus) == (True, False)


def test_a_quoted_cell_may_hold_what_separates() -> None:
    first, second = rows(repayments_file('P-1;a;b;"c;d\r\ne"', "P-2;a;b;c"))
    assert first.cells["Mode"] == "c;d\r\ne"
    assert second.line == 3


def test_quotes_that_do_not_close_are_told_with_their_line() -> None:
    with pytest.raises(InvalidInput) as refusal:
        rows(repayments_file("P-1;a;b;c", 'P-2;a;b;"c', "P-3;a;b;c"))
    assert refusal.value.reason == sheet.QUOTES
    assert refusal.value.reason_facts == {"line": 3}


def test_has_a_limit_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sheet.MOST_LINES, PortfolioFile.REPAYMENTS, 3)
    assert len(rows(repayments_file("P-1;a;b;c", "P-2;a;b;c"))) == 2
    with pytest.raises(InvalidInput) as refusal:
        rows(repayments_file("P-1;a;b;c", "P-2;a;b;c", "P-3;a;b;c"))
    assert refusal.value.reason == sheet.TOO_LONG
