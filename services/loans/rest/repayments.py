"""Repayments and their reversals, under /v1/loans/{id}/repayments and /v1/repayments."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.rest.held_dossiers import loan_now
from services.loans.rest.repayment_models import (
    RecordedRepaymentAnswer,
    RepaymentBody,
    ReversalBody,
    ReversedRepaymentAnswer,
)
from services.loans.usecases.record_repayment import record_repayment
from services.loans.usecases.reverse_repayment import reverse_repayment
from services.runtime.call import Call, get_call
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.preconditions import IfMatch

router = APIRouter(tags=["repayments"])


@router.post(
    "/loans/{loan_id}/repayments",
    status_code=201,
    response_model=RecordedRepaymentAnswer,
    summary="Record a repayment; it goes to the oldest unpaid instalments first",
    openapi_extra=KEY_REQUIRED,
)
async def post_repayment(
    loan_id: UUID, body: RepaymentBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> RecordedRepaymentAnswer:
        recorded = await record_repayment(session, call.caller, body.order(loan_id), today=call.today)
        return RecordedRepaymentAnswer.after(recorded, call.today)

    return await perform(call, match.before(effect, loan_now(call, loan_id)), key_required=True)


@router.post(
    "/repayments/{repayment_id}/reversal",
    status_code=201,
    response_model=ReversedRepaymentAnswer,
    summary="Reverse a repayment that came back",
    openapi_extra=KEY_REQUIRED,
)
async def post_reversal(
    repayment_id: UUID, body: ReversalBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> ReversedRepaymentAnswer:
        taken_back = await reverse_repayment(session, call.caller, body.order(repayment_id), today=call.today)
        return ReversedRepaymentAnswer.after(taken_back, call.today)

    return await perform(call, effect, key_required=True)
