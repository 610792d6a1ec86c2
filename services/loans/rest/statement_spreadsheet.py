"""Funders' statements as the spreadsheet that an officer sends by mail: in French, `;` and decimal commas."""

from services.loans.domain.statements import StatementFigures, Statements
from services.runtime.french_spreadsheet import as_text, euros, written

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


def spreadsheet(statements: Statements, *, with_total: bool) -> str:
    """A line for each funder; `with_total`: then one for the fund."""
    rows: list[tuple[str, ...]] = [(*FIRST_COLUMNS, *HEADINGS.values())]
    rows += [
        _row(statements, one.funder.name, one.funder.siren or "", one.figures) for one in statements.by_funder
    ]
    if with_total:
        rows.append(_row(statements, TOTAL, "", statements.whole))
    return written(rows)


def _row(statements: Statements, name: str, siren: str, figures: StatementFigures) -> tuple[str, ...]:
    period = statements.period
    return (
        as_text(statements.fund.name),
        f"{period.first:%d/%m/%Y}",
        f"{period.last:%d/%m/%Y}",
        as_text(name),
        siren,
        *(euros(getattr(figures, field)) for field in HEADINGS),
    )
