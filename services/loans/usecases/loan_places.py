"""Cursors of lists of loans, the same at every door: they carry their sort, and are of no other."""

from datetime import date
from typing import Any
from uuid import UUID

from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.loans.domain.loan import Loan
from services.loans.domain.loan_list import BY_DATE, BY_RECORDING, Key, LoanPlace, LoanSort, place_of
from services.runtime.pagination import decode_cursor, encode_cursor

OF_ANOTHER_SORT = Text(
    "Ce curseur est d'une liste triée « {sort} » : gardez le même tri d'une page à l'autre.",
    "This cursor is of a list sorted {sort}: keep the same sort from page to page.",
)


def cursor_of(loan: Loan, sort: LoanSort) -> str:
    place = place_of(loan, sort)
    key = place.key.isoformat() if isinstance(place.key, date) else place.key
    return encode_cursor(place.sort.value, key, str(place.id))


def place_at(cursor: str | None, sort: LoanSort) -> LoanPlace | None:
    if cursor is None:
        return None
    of_sort, _, _ = decode_cursor(cursor, LoanSort, _anything, UUID)
    if of_sort is not sort:
        raise InvalidInput("?after", OF_ANOTHER_SORT, sort=of_sort)
    _, key, loan_id = decode_cursor(cursor, LoanSort, _key_of(sort), UUID)
    return LoanPlace(sort, key, loan_id)


def _anything(value: Any) -> Any:
    return value


def _key_of(sort: LoanSort) -> Any:
    if sort in BY_RECORDING:
        return _nothing
    return date.fromisoformat if sort in BY_DATE else _cents


def _nothing(value: Any) -> Key:
    if value is not None:
        raise ValueError("sorted by its id alone")
    return None


def _cents(value: Any) -> Key:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not an amount")
    return value
