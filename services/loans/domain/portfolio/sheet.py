"""Text to rows: semicolons, headings found by name, blank and total lines left out."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.loans.domain.portfolio.decoding import decode
from services.loans.domain.portfolio.findings import PortfolioFile

MOST_LINES = {PortfolioFile.LOANS: 20_000, PortfolioFile.REPAYMENTS: 100_000}

TOTAL = re.compile(r"(sous|grand)?tota(l|ux)[a-z]*")

TOO_LONG = Text(
    "le fichier dépasse {most} lignes : reprenez-le en plusieurs fois",
    "the file has more than {most} lines: import it in several parts",
)
MISSING = Text(
    "colonnes introuvables : {columns} ; les en-têtes sont en ligne 1, séparés par des points-virgules",
    "columns not found: {columns}; headings stand on line 1, separated by semicolons",
)
TWICE = Text("colonnes en double : {columns}", "columns that stand twice: {columns}")
QUOTES = Text(
    "la ligne {line} a des guillemets mal fermés, ou une cellule démesurée",
    "line {line} has quotes that do not close, or an outsized cell",
)


class LoanColumn(StrEnum):
    NUMBER = "N° prêt"
    SIRET = "SIRET CAE"
    CAE = "CAE"
    REFERENCE = "Réf. entrepreneur"
    FAMILY_NAME = "Nom"
    GIVEN_NAME = "Prénom"
    CONTRACT = "Contrat"
    CONTRACT_DATE = "Date contrat"
    AMOUNT = "Montant accordé"
    DISBURSED_ON = "Date de versement"
    MONTHS = "Durée (mois)"
    GRACE_MONTHS = "Différé (mois)"
    STATUS = "Statut"
    LOSS = "Montant passé en perte"


class RepaymentColumn(StrEnum):
    NUMBER = "N° prêt"
    PAID_ON = "Date"
    AMOUNT = "Montant"
    METHOD = "Mode"


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is the spreadsheet's: a cell that holds several lines of text still counts for one."""

    line: int
    cells: dict[str, str]
    has_surplus: bool


def read_rows(content: bytes, file: PortfolioFile, columns: Sequence[StrEnum]) -> list[Row]:
    """The rows that speak of a loan; InvalidInput where the file as a whole cannot be read."""
    table = _table(decode(content, file), file)
    if len(table) > MOST_LINES[file]:
        raise InvalidInput(f"/{file.value}", TOO_LONG, most=MOST_LINES[file])
    headings = table[0]
    places = _places(headings, file, columns)
    return [
        Row(
            line=line,
            cells={name: row[place].strip() if place < len(row) else "" for name, place in places.items()},
            has_surplus=any(cell.strip() for cell in row[len(headings) :]),
        )
        for line, row in enumerate(table[1:], start=2)
        if not _is_blank_or_total(row)
    ]


def bare(text: str) -> str:
    """Letters and digits only, without accents or case: how headings and words are compared."""
    decomposed = unicodedata.normalize("NFKD", text.replace("º", "°")).casefold()
    return "".join(character for character in decomposed if character.isalnum())


def _table(text: str, file: PortfolioFile) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    table: list[list[str]] = []
    try:
        # One line more than allowed is enough to know that there are too many.
        table.extend(islice(reader, MOST_LINES[file] + 1))
    except csv.Error as error:
        raise InvalidInput(f"/{file.value}", QUOTES, line=len(table) + 1) from error
    return table


def _places(headings: Sequence[str], file: PortfolioFile, columns: Sequence[StrEnum]) -> dict[str, int]:
    found: dict[str, list[int]] = {}
    for place, heading in enumerate(headings):
        found.setdefault(bare(heading), []).append(place)
    missing = [column.value for column in columns if bare(column) not in found]
    if missing:
        raise InvalidInput(f"/{file.value}", MISSING, columns=missing)
    twice = [column.value for column in columns if len(found[bare(column)]) > 1]
    if twice:
        raise InvalidInput(f"/{file.value}", TWICE, columns=twice)
    return {column.value: found[bare(column)][0] for column in columns}


def _is_blank_or_total(row: Sequence[str]) -> bool:
    first = next(_said(row), None)
    return first is None or TOTAL.fullmatch(bare(first)) is not None


def _said(row: Sequence[str]) -> Iterator[str]:
    return (cell for cell in row if cell.strip())
