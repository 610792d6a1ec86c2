"""What one cell means: amounts, dates, durations and words as French spreadsheets write them."""

import re
from datetime import date
from functools import lru_cache

from services.kernel.identifiers import InvalidIdentifierError, Siret, parse_siret
from services.loans.domain.loan import LoanStatus
from services.loans.domain.portfolio.findings import Defect, DefectError
from services.loans.domain.portfolio.sheet import Row, bare
from services.loans.domain.repayment import PaymentMethod

LARGEST_AMOUNT_CENTS = 100_000_000_00
LONGEST_DURATION_MONTHS = 240
LONGEST_NUMBER = 100
LONGEST_TEXT = 200
EARLIEST = date(1990, 1, 1)  # before the first CAE: anything older is a slip of the keyboard

INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
CURRENCY = re.compile(r"€|\b(?:EUR|euros?)\b", re.IGNORECASE)
AMOUNT = re.compile(r"(?P<euros>[0-9]{1,3}(?:\s[0-9]{3})+|[0-9]{1,12})(?:,(?P<cents>[0-9]{1,2}))?")
NEGATIVE = re.compile(r"[-\N{MINUS SIGN}\N{EN DASH}]\s*[0-9].*|\(.*\)|.*[0-9]\s*-")
FRENCH_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
WHOLE_NUMBER = re.compile(r"[0-9]{1,4}")

STATUSES = {
    "solde": LoanStatus.REPAID,
    "encours": LoanStatus.ACTIVE,
    "passeenperte": LoanStatus.WRITTEN_OFF,
}
STATUS_WORDS = {
    LoanStatus.REPAID: "soldé",
    LoanStatus.ACTIVE: "en cours",
    LoanStatus.WRITTEN_OFF: "passé en perte",
}
METHODS = {
    "prelevement": PaymentMethod.DIRECT_DEBIT,
    "virement": PaymentMethod.TRANSFER,
    "cheque": PaymentMethod.CHEQUE,
    "especes": PaymentMethod.CASH,
    "retenuesursalaire": PaymentMethod.PAYROLL,
    "autre": PaymentMethod.OTHER,
    "": PaymentMethod.OTHER,
}


def read_number(row: Row, column: str) -> str:
    """The loan's number in its fund, with its inner spaces made single."""
    number = " ".join(row.cells[column].split())
    if not 1 <= len(number) <= LONGEST_NUMBER:
        raise DefectError(column, Defect.NUMBER, longest=LONGEST_NUMBER)
    return number


def read_text(row: Row, column: str, *, longest: int = LONGEST_TEXT) -> str:
    text = " ".join(row.cells[column].split())
    if not 1 <= len(text) <= longest:
        raise DefectError(column, Defect.TEXT, longest=longest)
    return text


def read_siret(row: Row, column: str) -> Siret:
    try:
        return parse_siret(INVISIBLE.sub("", row.cells[column]))
    except InvalidIdentifierError as error:
        raise DefectError(column, Defect.SIRET) from error


def read_amount_cents(row: Row, column: str, *, may_be_nothing: bool = False) -> int:
    """Whole cents. A dot is refused: it stands before thousands for some and before decimals for others."""
    text = CURRENCY.sub("", INVISIBLE.sub("", row.cells[column])).strip()
    if may_be_nothing and not text:
        return 0
    if NEGATIVE.fullmatch(text):
        raise DefectError(column, Defect.NEGATIVE)
    amount_cents = _cents(text)
    if amount_cents is None:
        raise DefectError(column, Defect.AMOUNT)
    if amount_cents > LARGEST_AMOUNT_CENTS or (amount_cents == 0 and not may_be_nothing):
        raise DefectError(column, Defect.AMOUNT)
    return amount_cents


@lru_cache(maxsize=4_096)
def _cents(text: str) -> int | None:
    """Instalments are equal: the same few amounts stand on thousands of lines."""
    match = AMOUNT.fullmatch(text)
    if match is None:
        return None
    euros = int("".join(match["euros"].split()))
    return euros * 100 + int((match["cents"] or "").ljust(2, "0"))


def read_date(row: Row, column: str, *, today: date) -> date:
    on = _day(row.cells[column])
    if on is None or on < EARLIEST:
        raise DefectError(column, Defect.DATE)
    if on > today:
        raise DefectError(column, Defect.FUTURE, on=on)
    return on


@lru_cache(maxsize=4_096)
def _day(text: str) -> date | None:
    match = FRENCH_DATE.fullmatch(text)
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_months(row: Row, column: str, *, may_be_blank: bool = False) -> int:
    text = row.cells[column]
    if may_be_blank and not text:
        return 0
    if not WHOLE_NUMBER.fullmatch(text) or int(text) > LONGEST_DURATION_MONTHS:
        raise DefectError(
            column,
            Defect.DURATION,
            why_french=f"un nombre entier de mois, {LONGEST_DURATION_MONTHS} au plus, est attendu",
            why_english=f"a whole number of months, {LONGEST_DURATION_MONTHS} at most, is expected",
        )
    return int(text)


def stated_status(row: Row, column: str) -> LoanStatus | None:
    return STATUSES.get(bare(row.cells[column]))


def stated_method(row: Row, column: str) -> PaymentMethod | None:
    return METHODS.get(bare(row.cells[column]))
