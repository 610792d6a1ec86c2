"""Losses and what is recovered of them, under /v1/loans/{id}."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.rest.held_dossiers import loan_now
from services.loans.rest.loan_models import LoanAnswer
from services.loans.rest.repayment_models import RecoveryAnswer, RecoveryBody, WriteOffBody
from services.loans.usecases.record_recovery import record_recovery
from services.loans.usecases.write_off_loan import write_off_loan
from services.runtime.call import Call, get_call
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.preconditions import IfMatch

router = APIRouter(prefix="/loans", tags=["losses"])


@router.post(
    "/{loan_id}/write-off",
    response_model=LoanAnswer,
    summary="Write off what a loan still owes",
    openapi_extra=KEY_REQUIRED,
)
async def post_write_off(
    loan_id: UUID, body: WriteOffBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> LoanAnswer:
        loan = await write_off_loan(session, call.caller, body.order(loan_id), today=call.today)
        return LoanAnswer.of(loan, call.today, shows_names=True)

    return await perform(call, match.before(effect, loan_now(call, loan_id)), status=200, key_required=True)


@router.post(
    "/{loan_id}/recoveries",
    status_code=201,
    response_model=RecoveryAnswer,
    summary="Record money that came after the loss",
    openapi_extra=KEY_REQUIRED,
)
async def post_recovery(
    loan_id: UUID, body: RecoveryBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> RecoveryAnswer:
        recorded = await record_recovery(session, call.caller, body.order(loan_id), today=call.today)
        return RecoveryAnswer.after(recorded, call.today)

    return await perform(call, match.before(effect, loan_now(call, loan_id)), key_required=True)
