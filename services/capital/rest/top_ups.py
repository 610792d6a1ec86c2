"""Requests for a top-up and their decisions, under /v1/top-ups."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.rest.held_top_ups import held_now
from services.capital.rest.top_up_models import (
    CancellationBody,
    GrantBody,
    TopUpAnswer,
    TopUpBody,
    TopUpRefusalBody,
    WithdrawalBody,
)
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.grant_top_up import GrantTopUp, grant_top_up
from services.capital.usecases.read_top_ups import (
    TopUpFilter,
    count_top_ups,
    list_top_ups,
    read_top_up,
)
from services.capital.usecases.refuse_top_up import RefuseTopUp, refuse_top_up
from services.capital.usecases.request_top_ups import request_top_up
from services.capital.usecases.withdraw_top_up import WithdrawTopUp, withdraw_top_up
from services.runtime.call import Call, get_call, read
from services.runtime.fields import SirenField
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(prefix="/top-ups", tags=["top-ups"])


@router.post("", status_code=201, response_model=TopUpAnswer, summary="Ask for a top-up")
async def post_top_up(body: TopUpBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    async def effect(session: AsyncSession) -> TopUpAnswer:
        requested = await request_top_up(
            session, call.caller, body.order(), today=call.today, entrepreneur_key=call.entrepreneur_key
        )
        return TopUpAnswer.of(requested)

    return await perform(call, effect)


@router.get("", summary="List top-ups")
async def get_top_ups(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    scheme_id: Annotated[UUID | None, Query(description="Of one scheme")] = None,
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
    status: Annotated[TopUpStatus | None, Query(description="In one status")] = None,
) -> Page[TopUpAnswer]:
    wanted = TopUpFilter(scheme_id=scheme_id, cae_siren=cae, status=status)
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[TopUpAnswer]:
        found = await list_top_ups(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda top_up: encode_cursor(str(top_up.id)))
        total = await count_top_ups(session, call.caller, wanted) if page.count else None
        return Page(items=[TopUpAnswer.of(top_up) for top_up in items], next=following, total=total)

    return await read(call, query)


@router.get("/{top_up_id}", summary="Read a top-up")
async def get_top_up(
    top_up_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response
) -> TopUpAnswer:
    answer = TopUpAnswer.of(await read(call, lambda session: read_top_up(session, call.caller, top_up_id)))
    tag(response, answer)
    return answer


@router.post(
    "/{top_up_id}/grant",
    response_model=TopUpAnswer,
    summary="Grant a top-up, within the CAE's cap and the scheme's budget",
    openapi_extra=KEY_REQUIRED,
)
async def post_grant(
    top_up_id: UUID, body: GrantBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    order = GrantTopUp(top_up_id=top_up_id, decided_on=body.decided_on, reference=body.reference)

    async def effect(session: AsyncSession) -> TopUpAnswer:
        return TopUpAnswer.of(await grant_top_up(session, call.caller, order, today=call.today))

    return await perform(call, match.before(effect, held_now(call, top_up_id)), status=200, key_required=True)


@router.post("/{top_up_id}/refusal", response_model=TopUpAnswer, summary="Refuse a request")
async def post_refusal(
    top_up_id: UUID, body: TopUpRefusalBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    order = RefuseTopUp(top_up_id=top_up_id, reason=body.reason, decided_on=body.decided_on)

    async def effect(session: AsyncSession) -> TopUpAnswer:
        return TopUpAnswer.of(await refuse_top_up(session, call.caller, order, today=call.today))

    return await perform(call, match.before(effect, held_now(call, top_up_id)), status=200)


@router.post("/{top_up_id}/withdrawal", response_model=TopUpAnswer, summary="Give up a request")
async def post_withdrawal(
    top_up_id: UUID, body: WithdrawalBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    order = WithdrawTopUp(top_up_id=top_up_id, reason=body.reason)

    async def effect(session: AsyncSession) -> TopUpAnswer:
        return TopUpAnswer.of(await withdraw_top_up(session, call.caller, order, today=call.today))

    return await perform(call, match.before(effect, held_now(call, top_up_id)), status=200)


@router.post(
    "/{top_up_id}/cancellation",
    response_model=TopUpAnswer,
    summary="Cancel an award that was not paid; its room is free again",
)
async def post_cancellation(
    top_up_id: UUID, body: CancellationBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    order = CancelTopUp(top_up_id=top_up_id, reason=body.reason, cancelled_on=body.cancelled_on)

    async def effect(session: AsyncSession) -> TopUpAnswer:
        return TopUpAnswer.of(await cancel_top_up(session, call.caller, order, today=call.today))

    return await perform(call, match.before(effect, held_now(call, top_up_id)), status=200)
