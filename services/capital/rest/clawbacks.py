"""What is taken back of a paid top-up: /v1/top-ups/{id}/clawback. The tag is that of the top-up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.rest.clawback_models import (
    ClawbackAnswer,
    ClawbackBody,
    ClawbackConfirmationBody,
    ClawbackReceiptBody,
    ClawbackWaiverBody,
    ClawbackWithdrawalBody,
)
from services.capital.rest.held_top_ups import held_now
from services.capital.usecases.confirm_clawback import ConfirmClawback, confirm_clawback
from services.capital.usecases.propose_clawback import ProposeClawback, propose_clawback
from services.capital.usecases.read_clawbacks import read_clawback
from services.capital.usecases.receive_clawback import ReceiveClawback, receive_clawback
from services.capital.usecases.waive_clawback import WaiveClawback, waive_clawback
from services.capital.usecases.withdraw_clawback import WithdrawClawback, withdraw_clawback
from services.runtime.call import Call, get_call, read
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(prefix="/top-ups/{top_up_id}/clawback", tags=["clawbacks"])
Calling = Annotated[Call, Depends(get_call)]


@router.get("", summary="Read the clawback of a top-up, with what came back")
async def get_clawback(top_up_id: UUID, call: Calling, response: Response) -> ClawbackAnswer:
    answer = ClawbackAnswer.of(
        await read(call, lambda session: read_clawback(session, call.caller, top_up_id))
    )
    tag(response, answer)
    return answer


@router.post(
    "",
    status_code=201,
    response_model=ClawbackAnswer,
    summary="Propose to take a paid top-up back: computed by its version's rule, and explained",
    openapi_extra=KEY_REQUIRED,
)
async def post_clawback(top_up_id: UUID, body: ClawbackBody, call: Calling, match: IfMatch) -> Response:
    order = ProposeClawback(
        top_up_id=top_up_id,
        reason=body.reason,
        amount_cents=body.amount_cents,
        proposed_on=body.proposed_on,
        stayed_until=body.stayed_until,
    )

    async def effect(session: AsyncSession) -> ClawbackAnswer:
        return ClawbackAnswer.of(await propose_clawback(session, call.caller, order, today=call.today))

    return await perform(call, match.before(effect, held_now(call, top_up_id)), key_required=True)


@router.post(
    "/confirmation",
    response_model=ClawbackAnswer,
    summary="Confirm a proposed clawback: the CAE owes it",
    openapi_extra=KEY_REQUIRED,
)
async def post_clawback_confirmation(
    top_up_id: UUID, body: ClawbackConfirmationBody, call: Calling, match: IfMatch
) -> Response:
    order = ConfirmClawback(
        top_up_id=top_up_id, amount_cents=body.amount_cents, confirmed_on=body.confirmed_on
    )

    async def effect(session: AsyncSession) -> ClawbackAnswer:
        return ClawbackAnswer.of(await confirm_clawback(session, call.caller, order, today=call.today))

    held = match.before(effect, held_now(call, top_up_id))
    return await perform(call, held, status=200, key_required=True)


@router.post(
    "/receipt",
    status_code=201,
    response_model=ClawbackAnswer,
    summary="Record what came back, or a part: it returns to the co-funders, and its room is free again",
    openapi_extra=KEY_REQUIRED,
)
async def post_clawback_receipt(
    top_up_id: UUID, body: ClawbackReceiptBody, call: Calling, match: IfMatch
) -> Response:
    order = ReceiveClawback(
        top_up_id=top_up_id,
        amount_cents=body.amount_cents,
        received_on=body.received_on,
        reference=body.reference,
    )

    async def effect(session: AsyncSession) -> ClawbackAnswer:
        return ClawbackAnswer.of(await receive_clawback(session, call.caller, order, today=call.today))

    return await perform(call, match.before(effect, held_now(call, top_up_id)), key_required=True)


@router.post(
    "/waiver",
    response_model=ClawbackAnswer,
    summary="Give up what has not come back, by another person where the version asks it",
    openapi_extra=KEY_REQUIRED,
)
async def post_clawback_waiver(
    top_up_id: UUID, body: ClawbackWaiverBody, call: Calling, match: IfMatch
) -> Response:
    order = WaiveClawback(top_up_id=top_up_id, reason=body.reason, waived_on=body.waived_on)

    async def effect(session: AsyncSession) -> ClawbackAnswer:
        return ClawbackAnswer.of(await waive_clawback(session, call.caller, order, today=call.today))

    held = match.before(effect, held_now(call, top_up_id))
    return await perform(call, held, status=200, key_required=True)


@router.post(
    "/withdrawal",
    response_model=ClawbackAnswer,
    summary="Take back a proposal made by mistake, before it is confirmed: the top-up is paid again",
)
async def post_clawback_withdrawal(
    top_up_id: UUID, body: ClawbackWithdrawalBody, call: Calling, match: IfMatch
) -> Response:
    order = WithdrawClawback(top_up_id=top_up_id, reason=body.reason)

    async def effect(session: AsyncSession) -> ClawbackAnswer:
        return ClawbackAnswer.of(await withdraw_clawback(session, call.caller, order, today=call.today))

    return await perform(call, match.before(effect, held_now(call, top_up_id)), status=200)
