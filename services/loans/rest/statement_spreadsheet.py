"""Funders' statements as the spreadsheet that an officer sends by mail: in French, `;` and decimal commas."""

import csv
import io

from services.loans.domain.statements import StatementFigures, Statements

# In the order of a reader: cash first, then what is outstanding.
HEADINGS = {
    "opening_cash_cents": "Trésorerie à l'ouverture",
    "paid_in_cents": "Versé au fonds",
    "withdrawn_cents": "Retiré",
    "disbursed_cents": "Prêts versés",
    "repaid_cents": "Remboursements nets des rejets",
    "recovered_cents": "Récupérations après perte",
    "closing_cash_cents": "Trésorerie à la clôture",
    "opening_outstanding_cents": "Encours à l'ouverture",
    "written_off_cents": "Pertes",
    "closing_outstanding_cents": "Encours à la clôture",
}
FIRST_COLUMNS = ("Fonds", "Du", "Au", "Financeur", "SIREN")
TOTAL = "Ensemble du fonds"
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets read accents wrong
FORMULA_MARKS = ("=", "+", "-", "@", "\t")


def spreadsheet(statements: Statements, *, with_total: bool) -> str:
    """A line for each funder; `with_total`: then one for the fund."""
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";", lineterminator="\r\n")
    rows.writerow((*FIRST_COLUMNS, *HEADINGS.values()))
    for one in statements.by_funder:
        rows.writerow(_row(statements, one.funder.name, one.funder.siren or "", one.figures))
    if with_total:
        rows.writerow(_row(statements, TOTAL, "", statements.whole))
    return BYTE_ORDER_MARK + written.getvalue()


def _row(statements: Statements, name: str, siren: str, figures: StatementFigures) -> tuple[str, ...]:
    period = statements.period
    return (
        _as_text(statements.fund.name),
        f"{period.first:%d/%m/%Y}",
        f"{period.last:%d/%m/%Y}",
        _as_text(name),
        siren,
        *(_euros(getattr(figures, field)) for field in HEADINGS),
    )


def _euros(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole},{rest:02d}"


def _as_text(name: str) -> str:
    """What a spreadsheet would take for a formula is only a name."""
    return f"'{name}" if name.startswith(FORMULA_MARKS) else name
