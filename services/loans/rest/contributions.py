"""What funders pledge, pay in and take back, under /v1/funds/{id}."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.rest.contribution_models import (
    ContributionAnswer,
    ContributionBody,
    PledgeAnswer,
    PledgeBody,
    WithdrawalAnswer,
    WithdrawalBody,
)
from services.loans.usecases.read_funds import count_pledges, list_pledges
from services.loans.usecases.record_contribution import record_contribution
from services.loans.usecases.record_pledge import record_pledge
from services.loans.usecases.withdraw_contribution import withdraw_contribution
from services.runtime.call import Call, get_call, read
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/funds/{fund_id}", tags=["funds"])


@router.post(
    "/pledges",
    status_code=201,
    response_model=PledgeAnswer,
    summary="Record what a funder pledges under a convention",
    openapi_extra=KEY_REQUIRED,
)
async def post_pledge(fund_id: UUID, body: PledgeBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    async def effect(session: AsyncSession) -> PledgeAnswer:
        return PledgeAnswer.of(
            await record_pledge(session, call.caller, body.order(fund_id), today=call.today)
        )

    return await perform(call, effect, key_required=True)


@router.get("/pledges", summary="List what funders pledged, what is paid in and what is still to come")
async def get_pledges(
    fund_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
) -> Page[PledgeAnswer]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[PledgeAnswer]:
        found = await list_pledges(session, call.caller, fund_id, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda pledge: encode_cursor(str(pledge.id)))
        total = await count_pledges(session, call.caller, fund_id) if page.count else None
        return Page(items=[PledgeAnswer.of(pledge) for pledge in items], next=following, total=total)

    return await read(call, query)


@router.post(
    "/contributions",
    status_code=201,
    response_model=ContributionAnswer,
    summary="Record what a funder paid in",
    openapi_extra=KEY_REQUIRED,
)
async def post_contribution(
    fund_id: UUID, body: ContributionBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> ContributionAnswer:
        return ContributionAnswer.of(
            await record_contribution(session, call.caller, body.order(fund_id), today=call.today)
        )

    return await perform(call, effect, key_required=True)


@router.post(
    "/withdrawals",
    status_code=201,
    response_model=WithdrawalAnswer,
    summary="Record the share that a funder takes back",
    openapi_extra=KEY_REQUIRED,
)
async def post_withdrawal(
    fund_id: UUID, body: WithdrawalBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> WithdrawalAnswer:
        return WithdrawalAnswer.of(
            await withdraw_contribution(session, call.caller, body.order(fund_id), today=call.today)
        )

    return await perform(call, effect, key_required=True)
