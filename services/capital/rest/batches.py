"""Lists of requests, and of grants in one decision: /v1/top-up-batches and /v1/schemes/{id}/grants."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.rest.batch_models import GrantsAnswer, GrantsBody, RequestsAnswer, RequestsBody
from services.capital.usecases.grant_top_ups import grant_top_ups
from services.capital.usecases.request_batch import request_batch
from services.runtime.call import Call, get_call
from services.runtime.idempotency import KEY_REQUIRED, perform

router = APIRouter(tags=["top-ups"])


@router.post(
    "/top-up-batches",
    status_code=201,
    response_model=RequestsAnswer,
    summary="Ask for up to 500 top-ups: all or none, or line by line",
)
async def post_requests(body: RequestsBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    async def effect(session: AsyncSession) -> RequestsAnswer:
        batch = await request_batch(
            session, call.caller, body.order(), today=call.today, entrepreneur_key=call.entrepreneur_key
        )
        return RequestsAnswer.of(batch, call.language)

    return await perform(call, effect)


@router.post(
    "/schemes/{scheme_id}/grants",
    response_model=GrantsAnswer,
    summary="Grant up to 500 requests in one decision: all or none, or as far as room goes",
    openapi_extra=KEY_REQUIRED,
)
async def post_grants(
    scheme_id: UUID, body: GrantsBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> GrantsAnswer:
        granting = await grant_top_ups(session, call.caller, body.order(scheme_id), today=call.today)
        return GrantsAnswer.of(granting, call.language)

    return await perform(call, effect, status=200, key_required=True)
