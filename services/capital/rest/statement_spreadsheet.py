"""Co-funders' statements as the spreadsheet that an officer sends by mail, in French."""

from services.capital.domain.statements import StatementFigures, Statements
from services.runtime.french_spreadsheet import as_text, euros, written

HEADINGS = {
    "awarded_cents": "Accordé",
    "paid_cents": "Payé",
    "to_pay_cents": "Reste à payer",
    "clawed_back_cents": "Rendu par les CAE",
    "to_come_back_cents": "Reste à rendre",
    "borne_cents": "Payé net de ce qui est rendu",
}
FIRST_COLUMNS = ("Dispositif", "Arrêté au", "Année de décision", "Cofinanceur", "SIREN")
EVERY_YEAR = "toutes"
TOTAL = "Ensemble du dispositif"


def spreadsheet(statements: Statements, *, with_total: bool) -> str:
    """A line for each co-funder; `with_total`: then one for the scheme."""
    rows: list[tuple[str, ...]] = [(*FIRST_COLUMNS, *HEADINGS.values())]
    rows += [_row(statements, one.name, one.siren, one.figures) for one in statements.by_funder]
    if with_total:
        rows.append(_row(statements, TOTAL, "", statements.whole))
    return written(rows)


def _row(statements: Statements, name: str, siren: str, figures: StatementFigures) -> tuple[str, ...]:
    return (
        as_text(statements.scheme.name),
        f"{statements.as_of:%d/%m/%Y}",
        EVERY_YEAR if statements.year is None else str(statements.year),
        as_text(name),
        siren,
        *(euros(getattr(figures, field)) for field in HEADINGS),
    )
