"""What CAEs declare as repaid, under /v1/loans/{id}/repayment-declarations and /v1/repayment-declarations."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.repayment_declaration import DeclarationStatus
from services.loans.persistence.repayment_declarations import DeclarationFilter
from services.loans.rest.declaration_models import (
    ConfirmationBody,
    ConfirmedDeclarationAnswer,
    DeclarationAnswer,
    DeclarationBody,
    DeclarationWithdrawalBody,
    RejectionBody,
)
from services.loans.usecases.confirm_repayment_declaration import confirm_repayment_declaration
from services.loans.usecases.declare_repayment import declare_repayment
from services.loans.usecases.end_repayment_declaration import (
    reject_repayment_declaration,
    withdraw_repayment_declaration,
)
from services.loans.usecases.read_repayment_declarations import (
    count_declarations,
    list_declarations,
    lock_declaration,
    read_declaration,
)
from services.runtime.call import Call, get_call, read
from services.runtime.fields import SirenField
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(tags=["repayment declarations"])


@router.post(
    "/loans/{loan_id}/repayment-declarations",
    status_code=201,
    response_model=DeclarationAnswer,
    summary="Declare a repayment that the CAE collected; it counts once the operator confirms it",
    openapi_extra=KEY_REQUIRED,
)
async def post_declaration(
    loan_id: UUID, body: DeclarationBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> DeclarationAnswer:
        return DeclarationAnswer.of(
            await declare_repayment(session, call.caller, body.order(loan_id), today=call.today)
        )

    return await perform(call, effect, key_required=True)


@router.get("/repayment-declarations", summary="List declared repayments, newest first")
async def get_declarations(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    loan_id: Annotated[UUID | None, Query(description="Of one loan")] = None,
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
    status: Annotated[DeclarationStatus | None, Query(description="In one status")] = None,
) -> Page[DeclarationAnswer]:
    wanted = DeclarationFilter(loan_id=loan_id, cae=cae, status=status)
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[DeclarationAnswer]:
        found = await list_declarations(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_declarations(session, call.caller, wanted) if page.count else None
        return Page(items=[DeclarationAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)


@router.get("/repayment-declarations/{declaration_id}", summary="Read a declared repayment")
async def get_declaration(
    declaration_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response
) -> DeclarationAnswer:
    found = await read(call, lambda session: read_declaration(session, call.caller, declaration_id))
    answer = DeclarationAnswer.of(found)
    tag(response, answer)
    return answer


@router.post(
    "/repayment-declarations/{declaration_id}/confirmation",
    status_code=201,
    response_model=ConfirmedDeclarationAnswer,
    summary="Confirm a declared repayment: it is recorded, and counts",
    openapi_extra=KEY_REQUIRED,
)
async def post_confirmation(
    declaration_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
    _: ConfirmationBody | None = None,
) -> Response:
    async def effect(session: AsyncSession) -> ConfirmedDeclarationAnswer:
        confirmed = await confirm_repayment_declaration(
            session, call.caller, declaration_id, today=call.today
        )
        return ConfirmedDeclarationAnswer.after(confirmed, call.today)

    return await perform(call, match.before(effect, _now(call, declaration_id)), key_required=True)


@router.post(
    "/repayment-declarations/{declaration_id}/rejection",
    response_model=DeclarationAnswer,
    summary="Reject a declared repayment, saying why",
)
async def post_rejection(
    declaration_id: UUID, body: RejectionBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> DeclarationAnswer:
        return DeclarationAnswer.of(
            await reject_repayment_declaration(session, call.caller, body.order(declaration_id))
        )

    return await perform(call, match.before(effect, _now(call, declaration_id)), status=200)


@router.post(
    "/repayment-declarations/{declaration_id}/withdrawal",
    response_model=DeclarationAnswer,
    summary="Take back a declared repayment before it is confirmed",
)
async def post_withdrawal(
    declaration_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
    body: DeclarationWithdrawalBody | None = None,
) -> Response:
    order = (body or DeclarationWithdrawalBody()).order(declaration_id)

    async def effect(session: AsyncSession) -> DeclarationAnswer:
        return DeclarationAnswer.of(await withdraw_repayment_declaration(session, call.caller, order))

    return await perform(call, match.before(effect, _now(call, declaration_id)), status=200)


def _now(call: Call, declaration_id: UUID) -> Callable[[AsyncSession], Awaitable[DeclarationAnswer]]:
    async def now(session: AsyncSession) -> DeclarationAnswer:
        return DeclarationAnswer.of(await lock_declaration(session, call.caller, declaration_id))

    return now
