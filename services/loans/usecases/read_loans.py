"""The loans that a caller sees, one by one, in pages, and in batches for the graph."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.loan import Loan
from services.loans.domain.loan_list import LoanPlace, LoanSort
from services.loans.persistence import loan_files, loan_lists, loans
from services.loans.persistence.loan_lists import LoanFilter


async def read_loan(session: AsyncSession, caller: Caller, loan_id: UUID) -> Loan:
    require(caller, Act.READ_LOAN)
    return await loans.find(session, loan_id, caller.scope)


async def list_loans(
    session: AsyncSession,
    caller: Caller,
    wanted: LoanFilter,
    sort: LoanSort = LoanSort.NEWEST,
    *,
    after: LoanPlace | None,
    limit: int,
    today: date,
) -> list[Loan]:
    """In the order of `sort`; one more than `limit` where there is a next page."""
    require(caller, Act.READ_LOAN)
    return await loan_lists.page(session, caller.scope, wanted, sort, after=after, limit=limit, today=today)


async def count_loans(
    session: AsyncSession,
    caller: Caller,
    wanted: LoanFilter,
    sort: LoanSort = LoanSort.NEWEST,
    *,
    today: date,
) -> int:
    require(caller, Act.READ_LOAN)
    return await loan_lists.count(session, caller.scope, wanted, sort, today=today)


async def loans_of_entrepreneurs(
    session: AsyncSession, caller: Caller, entrepreneur_ids: Collection[UUID]
) -> dict[UUID, list[Loan]]:
    """By one query for all; every entrepreneur asked for is a key."""
    require(caller, Act.READ_LOAN)
    return await loans.by_entrepreneurs(session, entrepreneur_ids, caller.scope)


async def loan_pages_of_caes(
    session: AsyncSession,
    caller: Caller,
    sirens: Collection[str],
    wanted: LoanFilter,
    *,
    after: UUID | None,
    limit: int,
    today: date,
) -> dict[str, list[Loan]]:
    """A page for each CAE, by one query for all; one more than `limit` where there is a next."""
    require(caller, Act.READ_LOAN)
    return await loan_lists.pages_by_cae(
        session, caller.scope, sirens, wanted, after=after, limit=limit, today=today
    )


async def read_file(session: AsyncSession, caller: Caller, loan_id: UUID) -> LoanFile:
    """The loan with all its facts, in their order of recording."""
    require(caller, Act.READ_LOAN)
    return await loan_files.find(session, loan_id, caller.scope)
