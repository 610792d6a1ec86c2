"""Applications from submission to decision, under /v1/applications."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import ApplicationStatus
from services.loans.persistence.applications import ApplicationFilter
from services.loans.rest.application_models import (
    ApplicationAnswer,
    ApplicationBody,
    DecisionBody,
    DeclineBody,
    ReviewBody,
    SignatureBody,
    WithdrawalBody,
)
from services.loans.rest.held_dossiers import application_now
from services.loans.usecases.decide_application import decide_application
from services.loans.usecases.decline_offer import DeclineOffer, decline_offer
from services.loans.usecases.read_applications import (
    count_applications,
    list_applications,
    read_application,
)
from services.loans.usecases.read_borrowers import funds_that_name
from services.loans.usecases.review_application import review_application
from services.loans.usecases.sign_offer import SignOffer, sign_offer
from services.loans.usecases.submit_application import submit_application
from services.loans.usecases.withdraw_application import WithdrawApplication, withdraw_application
from services.runtime.call import Call, get_call, read
from services.runtime.fields import SirenField
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(prefix="/applications", tags=["applications"])


@router.post(
    "", status_code=201, response_model=ApplicationAnswer, summary="Submit an entrepreneur's application"
)
async def post_application(body: ApplicationBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    async def effect(session: AsyncSession) -> ApplicationAnswer:
        submitted = await submit_application(
            session, call.caller, body.order(), today=call.today, entrepreneur_key=call.entrepreneur_key
        )
        return ApplicationAnswer.of(submitted, shows_names=True)

    return await perform(call, effect)


@router.get("", summary="List applications, newest first")
async def get_applications(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    fund_id: Annotated[UUID | None, Query(description="Of one fund")] = None,
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
    status: Annotated[ApplicationStatus | None, Query(description="In one status")] = None,
) -> Page[ApplicationAnswer]:
    wanted = ApplicationFilter(fund_id=fund_id, cae=cae, status=status)
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[ApplicationAnswer]:
        found = await list_applications(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_applications(session, call.caller, wanted) if page.count else None
        naming = await funds_that_name(session, call.caller, {one.fund_id for one in items})
        answers = [ApplicationAnswer.of(one, shows_names=one.fund_id in naming) for one in items]
        return Page(items=answers, next=following, total=total)

    return await read(call, query)


@router.get("/{application_id}", summary="Read an application")
async def get_application(
    application_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response
) -> ApplicationAnswer:
    async def query(session: AsyncSession) -> ApplicationAnswer:
        application = await read_application(session, call.caller, application_id)
        naming = await funds_that_name(session, call.caller, {application.fund_id})
        return ApplicationAnswer.of(application, shows_names=application.fund_id in naming)

    answer = await read(call, query)
    tag(response, answer)
    return answer


@router.post(
    "/{application_id}/review", response_model=ApplicationAnswer, summary="Take an application under review"
)
async def post_review(
    application_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
    _: ReviewBody | None = None,
) -> Response:
    async def effect(session: AsyncSession) -> ApplicationAnswer:
        reviewed = await review_application(session, call.caller, application_id)
        return ApplicationAnswer.of(reviewed, shows_names=True)

    return await perform(call, match.before(effect, application_now(call, application_id)), status=200)


@router.post(
    "/{application_id}/withdrawal",
    response_model=ApplicationAnswer,
    summary="Withdraw an application before the committee decides",
)
async def post_withdrawal(
    application_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
    body: WithdrawalBody | None = None,
) -> Response:
    said = body or WithdrawalBody()
    order = WithdrawApplication(application_id, said.reason, said.withdrawn_on)

    async def effect(session: AsyncSession) -> ApplicationAnswer:
        withdrawn = await withdraw_application(session, call.caller, order, today=call.today)
        return ApplicationAnswer.of(withdrawn, shows_names=True)

    return await perform(call, match.before(effect, application_now(call, application_id)), status=200)


@router.post(
    "/{application_id}/decision",
    response_model=ApplicationAnswer,
    summary="Record what the committee decided; an approval commits the fund's money",
)
async def post_decision(
    application_id: UUID, body: DecisionBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> ApplicationAnswer:
        order = body.order(application_id)
        decided = await decide_application(session, call.caller, order, today=call.today)
        return ApplicationAnswer.of(decided, shows_names=True)

    return await perform(call, match.before(effect, application_now(call, application_id)), status=200)


@router.post(
    "/{application_id}/signature", response_model=ApplicationAnswer, summary="Record the offer's signature"
)
async def post_signature(
    application_id: UUID, body: SignatureBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    order = SignOffer(application_id, body.signed_on)

    async def effect(session: AsyncSession) -> ApplicationAnswer:
        signed = await sign_offer(session, call.caller, order, today=call.today)
        return ApplicationAnswer.of(signed, shows_names=True)

    return await perform(call, match.before(effect, application_now(call, application_id)), status=200)


@router.post(
    "/{application_id}/decline",
    response_model=ApplicationAnswer,
    summary="Decline an offer; what the fund had committed is free again",
)
async def post_decline(
    application_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
    body: DeclineBody | None = None,
) -> Response:
    said = body or DeclineBody()
    order = DeclineOffer(application_id, said.reason, said.declined_on)

    async def effect(session: AsyncSession) -> ApplicationAnswer:
        declined = await decline_offer(session, call.caller, order, today=call.today)
        return ApplicationAnswer.of(declined, shows_names=True)

    return await perform(call, match.before(effect, application_now(call, application_id)), status=200)
