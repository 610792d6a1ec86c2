"""Text to rows: semicolons, headings found by name, blank and total lines left out."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.loans.domain.portfolio.decoding import decode
from services.loans.domain.portfolio.findings import PortfolioFile

MOST_LINES = {PortfolioFile.LOANS: 20_000, PortfolioFile.REPAYMENTS: 400_000}

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
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


def read_rows(content: bytes, file: PortfolioFile, columns: Sequence[StrEnum]) -> Iterator[Row]:
    """The rows that speak of a loan, one by one; InvalidInput where the file as a whole cannot be read."""
    table = _table(decode(content, file), file)
    headings = next(table)
    places = _places(headings, file, columns)
    for line, row in enumerate(table, start=2):
        if not _is_blank_or_total(row):
            yield Row(
                line=line,
                cells={
                    name: row[place].strip() if place < len(row) else "" for name, place in places.items()
                },
                has_surplus=len(row) > len(headings) and any(cell.strip() for cell in row[len(headings) :]),
            )


@lru_cache(maxsize=1_024)
def bare(text: str) -> str:
    """Letters and digits only, without accents or case: how headings and words are compared."""
    decomposed = unicodedata.normalize("NFKD", text.replace("º", "°")).casefold()
    return "".join(character for character in decomposed if character.isalnum())


def _table(text: str, file: PortfolioFile) -> Iterator[list[str]]:
    """Line by line: a whole file of rows would take twenty times its own memory."""
    line = 0
    try:
        for row in csv.reader(_lines(text), delimiter=";", strict=True):
            line += 1
            if line > MOST_LINES[file]:
                raise InvalidInput(f"/{file.value}", TOO_LONG, most=MOST_LINES[file])
            yield row
    except csv.Error as error:
        raise InvalidInput(f"/{file.value}", QUOTES, line=line + 1) from error


def _lines(text: str) -> Iterator[str]:
    return filter(None, (found.group() for found in LINE.finditer(text)))


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
    return first is None or _is_total(first)


@lru_cache(maxsize=16_384)
def _is_total(first_cell: str) -> bool:
    """A loan's number stands on each of its repayments."""
    return TOTAL.fullmatch(bare(first_cell)) is not None


def _said(row: Sequence[str]) -> Iterator[str]:
    return (cell for cell in row if cell.strip())
