"""What officers decide and note of a loan's life, under /v1/loans/{id}."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.rest.held_dossiers import loan_now
from services.loans.rest.life_models import (
    AccelerationBody,
    BorrowerEventBody,
    DepartureBody,
    MoveBody,
    RearrangedAnswer,
    ReschedulingBody,
    TrancheBody,
    TrancheEndBody,
    WholeLoanAnswer,
)
from services.loans.usecases.move_loan import move_loan, record_departure
from services.loans.usecases.pay_tranche import end_tranches, pay_tranche
from services.loans.usecases.read_loan_life import lock_whole_loan
from services.loans.usecases.rearrange_schedule import rearrange_schedule
from services.loans.usecases.record_borrower_event import record_borrower_event
from services.runtime.call import Call, get_call
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.preconditions import IfMatch

router = APIRouter(prefix="/loans", tags=["loans"])
CallHere = Annotated[Call, Depends(get_call)]


async def _whole(session: AsyncSession, call: Call, loan_id: UUID) -> WholeLoanAnswer:
    """After an act on it: whoever acts on a dossier reads names."""
    return WholeLoanAnswer.whole(
        await lock_whole_loan(session, call.caller, loan_id), call.today, shows_names=True
    )


@router.post(
    "/{loan_id}/rescheduling",
    status_code=201,
    response_model=RearrangedAnswer,
    summary="Reschedule a loan, or suspend its instalments: a new version of its schedule",
)
async def post_rescheduling(
    loan_id: UUID, body: ReschedulingBody, call: CallHere, match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> RearrangedAnswer:
        done = await rearrange_schedule(session, call.caller, body.order(loan_id), today=call.today)
        return RearrangedAnswer.after(done, call.today)

    return await perform(call, match.before(effect, loan_now(call, loan_id)))


@router.post(
    "/{loan_id}/acceleration",
    response_model=WholeLoanAnswer,
    summary="Call the whole debt in, after a formal notice",
)
async def post_acceleration(
    loan_id: UUID, body: AccelerationBody, call: CallHere, match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> WholeLoanAnswer:
        await rearrange_schedule(session, call.caller, body.order(loan_id), today=call.today)
        return await _whole(session, call, loan_id)

    return await perform(call, match.before(effect, loan_now(call, loan_id)), status=200)


@router.post(
    "/{loan_id}/tranches",
    status_code=201,
    response_model=WholeLoanAnswer,
    summary="Pay a further tranche out; the last one starts the schedule",
    openapi_extra=KEY_REQUIRED,
)
async def post_tranche(loan_id: UUID, body: TrancheBody, call: CallHere, match: IfMatch) -> Response:
    async def effect(session: AsyncSession) -> WholeLoanAnswer:
        await pay_tranche(session, call.caller, body.order(loan_id), today=call.today)
        return await _whole(session, call, loan_id)

    return await perform(call, match.before(effect, loan_now(call, loan_id)), key_required=True)


@router.post(
    "/{loan_id}/tranches/end",
    response_model=WholeLoanAnswer,
    summary="Say that the rest of a loan will not be paid: its schedule starts at the last tranche",
    openapi_extra=KEY_REQUIRED,
)
async def post_tranche_end(loan_id: UUID, body: TrancheEndBody, call: CallHere, match: IfMatch) -> Response:
    async def effect(session: AsyncSession) -> WholeLoanAnswer:
        await end_tranches(session, call.caller, body.order(loan_id), today=call.today)
        return await _whole(session, call, loan_id)

    return await perform(call, match.before(effect, loan_now(call, loan_id)), status=200, key_required=True)


@router.post(
    "/{loan_id}/departure",
    response_model=WholeLoanAnswer,
    summary="Note that the borrower left the CAE: the loan goes on, the CAE's exposure drops",
)
async def post_departure(loan_id: UUID, body: DepartureBody, call: CallHere, match: IfMatch) -> Response:
    async def effect(session: AsyncSession) -> WholeLoanAnswer:
        whole = await record_departure(session, call.caller, body.order(loan_id), today=call.today)
        return WholeLoanAnswer.whole(whole, call.today, shows_names=True)

    return await perform(call, match.before(effect, loan_now(call, loan_id)), status=200)


@router.post(
    "/{loan_id}/move",
    response_model=WholeLoanAnswer,
    summary="Let the dossier follow the borrower to another CAE, which alone reads it from then on",
)
async def post_move(loan_id: UUID, body: MoveBody, call: CallHere, match: IfMatch) -> Response:
    async def effect(session: AsyncSession) -> WholeLoanAnswer:
        whole = await move_loan(
            session,
            call.caller,
            body.order(loan_id),
            today=call.today,
            entrepreneur_key=call.entrepreneur_key,
        )
        return WholeLoanAnswer.whole(whole, call.today, shows_names=True)

    return await perform(call, match.before(effect, loan_now(call, loan_id)), status=200)


@router.post(
    "/{loan_id}/borrower-events",
    status_code=201,
    response_model=WholeLoanAnswer,
    summary="Note the death or the insolvency of the borrower, which closes some ways of the loan",
)
async def post_borrower_event(
    loan_id: UUID, body: BorrowerEventBody, call: CallHere, match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> WholeLoanAnswer:
        await record_borrower_event(session, call.caller, body.order(loan_id), today=call.today)
        return await _whole(session, call, loan_id)

    return await perform(call, match.before(effect, loan_now(call, loan_id)))
