"""Applications from submission to decision, under /v1/applications."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import WrapValidator
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application, ApplicationStatus
from services.loans.domain.draft import Draft
from services.loans.persistence.application_filter import ApplicationFilter
from services.loans.rest.application_models import (
    ApplicationAnswer,
    CancellationBody,
    DecisionBody,
    DeclineBody,
    ReviewBody,
    SignatureBody,
    WithdrawalBody,
)
from services.loans.rest.draft_models import DraftAnswer, answer_to_tag
from services.loans.rest.drafts import creation
from services.loans.rest.held_dossiers import application_now
from services.loans.usecases.application_form import ApplicationBody, DraftBody
from services.loans.usecases.cancel_offer import CancelOffer, cancel_offer
from services.loans.usecases.decide_application import decide_application
from services.loans.usecases.decline_offer import DeclineOffer, decline_offer
from services.loans.usecases.read_applications import (
    count_applications,
    list_applications,
    read_either,
)
from services.loans.usecases.read_borrowers import funds_that_name
from services.loans.usecases.read_funds import read_each_fund
from services.loans.usecases.review_application import review_application
from services.loans.usecases.sign_offer import SignOffer, sign_offer
from services.loans.usecases.submit_application import submit_application
from services.loans.usecases.withdraw_application import WithdrawApplication, withdraw_application
from services.runtime.call import Call, get_call, read
from services.runtime.fields import LARGEST_CENTS, BusinessDate, SirenField
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(prefix="/applications", tags=["applications"])


def _whole_or_draft(given: Any, _: object) -> ApplicationBody | DraftBody:
    """By what the body says it is: so each error stands at its own place, and in no alternative's."""
    is_draft = isinstance(given, dict) and given.get("draft") is True
    return (DraftBody if is_draft else ApplicationBody).model_validate(given)


ApplicationOrDraft = Annotated[ApplicationBody | DraftBody, WrapValidator(_whole_or_draft)]


@router.post(
    "",
    status_code=201,
    response_model=ApplicationAnswer | DraftAnswer,
    summary="Submit an entrepreneur's application, or begin its draft",
)
async def post_application(body: ApplicationOrDraft, call: Annotated[Call, Depends(get_call)]) -> Response:
    if isinstance(body, DraftBody):
        return await perform(call, creation(call, body))

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
    submitted_from: Annotated[BusinessDate | None, Query(description="Submitted that day or later")] = None,
    submitted_to: Annotated[BusinessDate | None, Query(description="Submitted that day or earlier")] = None,
    min_amount_cents: Annotated[
        int | None, Query(ge=0, le=LARGEST_CENTS, description="Asking for that amount or more")
    ] = None,
    max_amount_cents: Annotated[
        int | None, Query(ge=0, le=LARGEST_CENTS, description="Asking for that amount or less")
    ] = None,
) -> Page[ApplicationAnswer | DraftAnswer]:
    wanted = ApplicationFilter(
        fund_id=fund_id,
        cae=cae,
        status=status,
        submitted_from=submitted_from,
        submitted_to=submitted_to,
        min_amount_cents=min_amount_cents,
        max_amount_cents=max_amount_cents,
    )
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[ApplicationAnswer | DraftAnswer]:
        found = await list_applications(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_applications(session, call.caller, wanted) if page.count else None
        answers = await _answers(session, call, items)
        return Page(items=answers, next=following, total=total)

    return await read(call, query)


@router.get("/{application_id}", summary="Read an application")
async def get_application(
    application_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response
) -> ApplicationAnswer | DraftAnswer:
    async def query(
        session: AsyncSession,
    ) -> tuple[Application | Draft, ApplicationAnswer | DraftAnswer]:
        found = await read_either(session, call.caller, application_id)
        return found, (await _answers(session, call, [found]))[0]

    found, answer = await read(call, query)
    tag(response, answer_to_tag(found) if isinstance(found, Draft) else answer)
    return answer


async def _answers(
    session: AsyncSession, call: Call, found: Sequence[Application | Draft]
) -> list[ApplicationAnswer | DraftAnswer]:
    """As the caller may read each; of drafts, with what their funds would refuse of them today."""
    naming = await funds_that_name(session, call.caller, {one.fund_id for one in found})
    asked = await read_each_fund(
        session, call.caller, {one.fund_id for one in found if isinstance(one, Draft)}
    )
    settings = {fund.id: fund.settings_on(call.today).settings for fund in asked}
    return [
        DraftAnswer.of(one, settings.get(one.fund_id), call.language)
        if isinstance(one, Draft)
        else ApplicationAnswer.of(one, shows_names=one.fund_id in naming)
        for one in found
    ]


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
    response_model=ApplicationAnswer | DraftAnswer,
    summary="Withdraw an application before the committee decides; of a draft nothing stays but its trace",
)
async def post_withdrawal(
    application_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
    body: WithdrawalBody | None = None,
) -> Response:
    said = body or WithdrawalBody()
    order = WithdrawApplication(application_id, said.reason, said.withdrawn_on)

    async def effect(session: AsyncSession) -> ApplicationAnswer | DraftAnswer:
        withdrawn = await withdraw_application(session, call.caller, order, today=call.today)
        if isinstance(withdrawn, Draft):
            return DraftAnswer.of(withdrawn, None, call.language)
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


@router.post(
    "/{application_id}/cancellation",
    response_model=ApplicationAnswer,
    summary="Cancel a signed offer that will not be paid; what the fund had committed is free again",
)
async def post_cancellation(
    application_id: UUID, body: CancellationBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    order = CancelOffer(application_id, body.cancelled_on, body.reason)

    async def effect(session: AsyncSession) -> ApplicationAnswer:
        cancelled = await cancel_offer(session, call.caller, order, today=call.today)
        return ApplicationAnswer.of(cancelled, shows_names=True)

    return await perform(call, match.before(effect, application_now(call, application_id)), status=200)
