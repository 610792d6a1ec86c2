"""The disbursement of a signed offer, under /v1/applications/{id}/disbursement."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.rest.application_models import DisbursementBody
from services.loans.rest.held_dossiers import application_now
from services.loans.rest.loan_models import LoanAnswer
from services.loans.usecases.disburse_loan import disburse_loan
from services.runtime.call import Call, get_call
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.preconditions import IfMatch

router = APIRouter(prefix="/applications", tags=["applications"])


@router.post(
    "/{application_id}/disbursement",
    status_code=201,
    response_model=LoanAnswer,
    summary="Pay the loan out: its schedule starts and its funders' shares are frozen",
    openapi_extra=KEY_REQUIRED,
)
async def post_disbursement(
    application_id: UUID, body: DisbursementBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> LoanAnswer:
        loan = await disburse_loan(session, call.caller, body.order(application_id), today=call.today)
        return LoanAnswer.of(loan, call.today, shows_names=True)

    return await perform(call, match.before(effect, application_now(call, application_id)), key_required=True)
