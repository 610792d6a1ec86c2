"""Connections of loans, and their cursors. `rows` is given by documents that are read by columns."""

from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

import strawberry

from services.kernel.identifiers import Siren, parse_siren
from services.loans.domain.arrears import Bucket
from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.domain.loan import LoanStatus
from services.loans.domain.loan_list import LoanSort
from services.loans.graphql import batches, row_batches
from services.loans.graphql.loans import Loan
from services.loans.graphql.words import LoanType
from services.loans.persistence.loan_lists import LoanFilter
from services.loans.usecases.loan_places import cursor_of as cursor_in
from services.loans.usecases.loan_places import place_at
from services.runtime.database.written_once import Rows
from services.runtime.graphql.connections import Connection, as_read, checked_first, make_connection
from services.runtime.graphql.context import Batch, Context
from services.runtime.graphql.scalars import Cents, parse_id, parse_with
from services.runtime.pagination import decode_cursor, encode_cursor

Loans: TypeAlias = Connection[LoanType]


def cursor_of(loan: LoanOfDomain) -> str:
    return encode_cursor(str(loan.id))


def first_and_after(first: int | None, after: str | None) -> tuple[int, UUID | None]:
    return checked_first(first), decode_cursor(after, UUID)[0] if after is not None else None


def wanted_loans(
    *,
    fund_id: strawberry.ID | None = None,
    cae: strawberry.ID | None = None,
    status: LoanStatus | None = None,
    late: bool | None = None,
    bucket: Bucket | None = None,
    due_from: date | None = None,
    due_to: date | None = None,
    min_amount_cents: Cents | None = None,
    max_amount_cents: Cents | None = None,
    min_outstanding_cents: Cents | None = None,
) -> LoanFilter:
    return LoanFilter(
        fund_id=parse_id(fund_id, "fundId") if fund_id is not None else None,
        cae=parse_with(parse_siren, cae, "cae") if cae is not None else None,
        status=status,
        is_late=late,
        bucket=bucket,
        due_from=due_from,
        due_to=due_to,
        min_amount_cents=min_amount_cents,
        max_amount_cents=max_amount_cents,
        min_outstanding_cents=min_outstanding_cents,
    )


async def loans_page(
    context: Context,
    wanted: LoanFilter,
    sort: LoanSort,
    *,
    first: int | None,
    after: str | None,
    rows: Rows | None = None,
) -> Loans:
    most, start = checked_first(first), place_at(after, sort)
    batch: Batch[LoanFilter, list[Any]] = (
        batches.PagesOfLoans(sort, most, start)
        if rows is None
        else row_batches.PagesOfRows(sort, most, start, rows)
    )
    found = await context.load(batch, wanted)

    async def count() -> int:
        return await context.load(batches.counts_of_loans, (wanted, sort)) or 0

    return make_connection(
        found or [],
        first=most,
        after=after,
        cursor_of=lambda loan: cursor_in(loan, sort),
        node_of=as_read if rows is not None else lambda loan: Loan.of(loan, context),
        count=count,
    )


async def loans_of_cae(
    context: Context, siren: Siren, *, first: int | None, after: str | None, rows: Rows | None = None
) -> Loans:
    most, start = first_and_after(first, after)
    batch: Batch[str, list[Any]] = (
        batches.LoansOfCaes(most, start) if rows is None else row_batches.RowsOfCaes(most, start, rows)
    )
    found = await context.load(batch, siren)

    async def count() -> int:
        return await context.load(batches.counts_of_caes, siren) or 0

    return make_connection(
        found or [],
        first=most,
        after=after,
        cursor_of=cursor_of,
        node_of=as_read if rows is not None else lambda loan: Loan.of(loan, context),
        count=count,
    )
