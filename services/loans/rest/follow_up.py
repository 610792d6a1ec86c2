"""What was said to a borrower and what they promised, under /v1/loans/{id}/contacts and /promises."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.rest.follow_up_models import ContactAnswer, ContactBody, PromiseAnswer, PromiseBody
from services.loans.usecases.record_contact import count_contacts, list_contacts, record_contact
from services.loans.usecases.record_promise import count_promises, list_promises, record_promise
from services.runtime.call import Call, get_call, read
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/loans", tags=["arrears"])


@router.post(
    "/{loan_id}/contacts",
    status_code=201,
    response_model=ContactAnswer,
    summary="Note a contact with the borrower, or with whoever answers for them",
)
async def post_contact(
    loan_id: UUID, body: ContactBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> ContactAnswer:
        return ContactAnswer.of(
            await record_contact(session, call.caller, body.order(loan_id), today=call.today)
        )

    return await perform(call, effect)


@router.get("/{loan_id}/contacts", summary="List the contacts about a loan, newest first")
async def get_contacts(
    loan_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
) -> Page[ContactAnswer]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[ContactAnswer]:
        found = await list_contacts(session, call.caller, loan_id, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_contacts(session, call.caller, loan_id) if page.count else None
        return Page(items=[ContactAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)


@router.post(
    "/{loan_id}/promises",
    status_code=201,
    response_model=PromiseAnswer,
    summary="Note a promise to pay: no reminder is sent until its day",
)
async def post_promise(
    loan_id: UUID, body: PromiseBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> PromiseAnswer:
        return PromiseAnswer.of(
            await record_promise(session, call.caller, body.order(loan_id), today=call.today)
        )

    return await perform(call, effect)


@router.get("/{loan_id}/promises", summary="List the promises to pay of a loan, newest first")
async def get_promises(
    loan_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
) -> Page[PromiseAnswer]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[PromiseAnswer]:
        found = await list_promises(
            session, call.caller, loan_id, after=after, limit=page.limit, today=call.today
        )
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.promise.id)))
        total = await count_promises(session, call.caller, loan_id) if page.count else None
        return Page(items=[PromiseAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)
