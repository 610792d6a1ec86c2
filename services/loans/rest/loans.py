"""Loans, under /v1/loans."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.arrears import Bucket
from services.loans.domain.loan import LoanStatus
from services.loans.domain.loan_list import LoanSort
from services.loans.persistence.loan_lists import LoanFilter
from services.loans.rest.life_models import WholeLoanAnswer
from services.loans.rest.loan_models import LoanAnswer
from services.loans.usecases.loan_places import cursor_of, place_at
from services.loans.usecases.read_borrowers import funds_that_name
from services.loans.usecases.read_loan_life import read_loan_as_of, read_whole_loan
from services.loans.usecases.read_loans import count_loans, list_loans
from services.runtime.call import Call, get_call, read
from services.runtime.fields import LARGEST_CENTS, BusinessDate, SirenField
from services.runtime.pagination import Page, PageQuery, cut_page, page_query
from services.runtime.preconditions import tag

router = APIRouter(prefix="/loans", tags=["loans"])


async def loan_filter(
    fund_id: Annotated[UUID | None, Query(description="Of one fund")] = None,
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
    status: Annotated[LoanStatus | None, Query(description="In one status")] = None,
    late: Annotated[
        bool | None, Query(description="Whether a date has passed that is not wholly paid")
    ] = None,
    bucket: Annotated[
        Bucket | None, Query(description="So many days late: `1-30`, `31-60`, `61-90`, `over-90`")
    ] = None,
    due_from: Annotated[
        BusinessDate | None, Query(description="With an instalment not wholly paid, due that day or later")
    ] = None,
    due_to: Annotated[BusinessDate | None, Query(description="The same, due that day or earlier")] = None,
    min_amount_cents: Annotated[
        int | None, Query(ge=0, le=LARGEST_CENTS, description="Of that principal or more")
    ] = None,
    max_amount_cents: Annotated[
        int | None, Query(ge=0, le=LARGEST_CENTS, description="Of that principal or less")
    ] = None,
    min_outstanding_cents: Annotated[
        int | None, Query(ge=0, le=LARGEST_CENTS, description="Still owing that much or more")
    ] = None,
) -> LoanFilter:
    return LoanFilter(
        fund_id=fund_id,
        cae=cae,
        status=status,
        is_late=late,
        bucket=bucket,
        due_from=due_from,
        due_to=due_to,
        min_amount_cents=min_amount_cents,
        max_amount_cents=max_amount_cents,
        min_outstanding_cents=min_outstanding_cents,
    )


@router.get("", summary="List loans, newest first or sorted as asked, with their schedules and delays")
async def get_loans(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    wanted: Annotated[LoanFilter, Depends(loan_filter)],
    sort: Annotated[
        LoanSort,
        Query(
            description="In which order. `due` and `due_last` list the loans that still owe something,"
            " `late` and `late_shortest` the late ones"
        ),
    ] = LoanSort.NEWEST,
) -> Page[LoanAnswer]:
    after = place_at(page.after, sort)

    async def query(session: AsyncSession) -> Page[LoanAnswer]:
        found = await list_loans(
            session, call.caller, wanted, sort, after=after, limit=page.limit, today=call.today
        )
        items, following = cut_page(found, page.limit, lambda loan: cursor_of(loan, sort))
        total = (
            await count_loans(session, call.caller, wanted, sort, today=call.today) if page.count else None
        )
        naming = await funds_that_name(session, call.caller, {loan.fund_id for loan in items})
        answers = [LoanAnswer.of(loan, call.today, shows_names=loan.fund_id in naming) for loan in items]
        return Page(items=answers, next=following, total=total)

    return await read(call, query)


@router.get("/{loan_id}", summary="Read a loan, as it stands or as it stood on a past day")
async def get_loan(
    loan_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    response: Response,
    as_of: Annotated[
        BusinessDate | None,
        Query(
            description="The day of which to tell, from the disbursement to today: by the facts known now,"
            " those that arrived late included. Without it, today, and an `ETag`"
        ),
    ] = None,
) -> WholeLoanAnswer:
    async def query(session: AsyncSession) -> WholeLoanAnswer:
        whole = (
            await read_whole_loan(session, call.caller, loan_id)
            if as_of is None
            else await read_loan_as_of(session, call.caller, loan_id, as_of, today=call.today)
        )
        naming = await funds_that_name(session, call.caller, {whole.loan.fund_id})
        return WholeLoanAnswer.whole(whole, call.today, shows_names=whole.loan.fund_id in naming)

    answer = await read(call, query)
    if as_of is None:
        tag(response, answer)
    return answer
