"""Funds, their settings and positions, under /v1/funds."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.rest.fund_models import (
    DeclarationAnswer,
    DeclarationBody,
    FundAnswer,
    FundBody,
    FundChangesBody,
    PositionAnswer,
)
from services.loans.rest.fund_settings_models import DatedSettingsAnswer, SettingsVersionsAnswer
from services.loans.usecases.change_fund import change_fund, lock_fund_to_change
from services.loans.usecases.create_fund import create_fund
from services.loans.usecases.declare_funders import declare_funders
from services.loans.usecases.read_funds import count_funds, list_funds, read_fund, read_position
from services.runtime.call import Call, get_call, read
from services.runtime.fields import BusinessDate, RegionField
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(prefix="/funds", tags=["funds"])


@router.post("", status_code=201, response_model=FundAnswer, summary="Open a fund in a region")
async def post_fund(body: FundBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    async def effect(session: AsyncSession) -> FundAnswer:
        fund = await create_fund(session, call.caller, body.order(), today=call.today)
        return FundAnswer.of(fund, call.today)

    return await perform(call, effect)


@router.get("", summary="List funds, newest first")
async def get_funds(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    region: Annotated[RegionField | None, Query(description="Of one region, by INSEE code")] = None,
) -> Page[FundAnswer]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[FundAnswer]:
        found = await list_funds(session, call.caller, region=region, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda fund: encode_cursor(str(fund.id)))
        total = await count_funds(session, call.caller, region=region) if page.count else None
        return Page(items=[FundAnswer.of(fund, call.today) for fund in items], next=following, total=total)

    return await read(call, query)


@router.get("/{fund_id}", summary="Read a fund")
async def get_fund(fund_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response) -> FundAnswer:
    fund = await read(call, lambda session: read_fund(session, call.caller, fund_id))
    answer = FundAnswer.of(fund, call.today)
    tag(response, answer)
    return answer


@router.patch("/{fund_id}", response_model=FundAnswer, summary="Change a fund's settings, from a date")
async def patch_fund(
    fund_id: UUID, body: FundChangesBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    async def now(session: AsyncSession) -> FundAnswer:
        return FundAnswer.of(await lock_fund_to_change(session, call.caller, fund_id), call.today)

    async def effect(session: AsyncSession) -> FundAnswer:
        fund = await change_fund(session, call.caller, body.order(fund_id), today=call.today)
        return FundAnswer.of(fund, call.today)

    return await perform(call, match.before(effect, now), status=200)


@router.get("/{fund_id}/settings", summary="Every version of a fund's settings")
async def get_settings(fund_id: UUID, call: Annotated[Call, Depends(get_call)]) -> SettingsVersionsAnswer:
    fund = await read(call, lambda session: read_fund(session, call.caller, fund_id))
    return SettingsVersionsAnswer(
        fund_id=fund.id, versions=[DatedSettingsAnswer.of(dated) for dated in fund.versions]
    )


@router.post(
    "/{fund_id}/funders-declaration",
    status_code=201,
    response_model=DeclarationAnswer,
    summary="Have the funders take over the imported loans that nobody bore yet",
    openapi_extra=KEY_REQUIRED,
)
async def post_declaration(
    fund_id: UUID, body: DeclarationBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> DeclarationAnswer:
        return DeclarationAnswer.of(
            await declare_funders(session, call.caller, body.order(fund_id), today=call.today)
        )

    return await perform(call, effect, key_required=True)


@router.get(
    "/{fund_id}/position",
    summary="What became of the fund's money, whole and by funder, on a date",
    description="A funder is told its own part of each figure.",
)
async def get_position(
    fund_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    as_of: Annotated[
        BusinessDate | None, Query(description="On which date; today if absent", examples=["2025-12-31"])
    ] = None,
) -> PositionAnswer:
    on = as_of or call.today
    return PositionAnswer.of(
        await read(
            call, lambda session: read_position(session, call.caller, fund_id, as_of=on, today=call.today)
        )
    )
