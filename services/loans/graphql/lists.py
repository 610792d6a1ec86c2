"""Connections of loans, and their cursors."""

from typing import TypeAlias
from uuid import UUID

from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.graphql.words import LoanType
from services.runtime.graphql.connections import Connection, checked_first
from services.runtime.pagination import decode_cursor, encode_cursor

Loans: TypeAlias = Connection[LoanType]


def cursor_of(loan: LoanOfDomain) -> str:
    return encode_cursor(str(loan.id))


def first_and_after(first: int | None, after: str | None) -> tuple[int, UUID | None]:
    return checked_first(first), decode_cursor(after, UUID)[0] if after is not None else None
