"""What lifts the conditions of an offer, under /v1/applications/{id}/conditions/{condition_id}/lifting."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.rest.application_models import ApplicationAnswer
from services.loans.rest.condition_models import LiftingBody
from services.loans.rest.held_dossiers import application_now
from services.loans.usecases.lift_condition import lift_condition
from services.runtime.call import Call, get_call
from services.runtime.idempotency import perform
from services.runtime.preconditions import IfMatch

router = APIRouter(prefix="/applications/{application_id}/conditions", tags=["applications"])


@router.post(
    "/{condition_id}/lifting",
    response_model=ApplicationAnswer,
    summary="Lift a condition: from its day on, it no longer holds the payment back",
)
async def post_lifting(
    application_id: UUID,
    condition_id: UUID,
    body: LiftingBody,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
) -> Response:
    order = body.order(application_id, condition_id)

    async def effect(session: AsyncSession) -> ApplicationAnswer:
        lifted = await lift_condition(session, call.caller, order, today=call.today)
        return ApplicationAnswer.of(lifted, shows_names=True)

    return await perform(call, match.before(effect, application_now(call, application_id)), status=200)
