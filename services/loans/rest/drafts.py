"""Applications that are filled over several calls, under /v1/applications, until they are submitted."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.loans.rest.application_models import ApplicationAnswer, ReviewBody
from services.loans.rest.draft_models import DraftAnswer, answer_to_tag
from services.loans.rest.held_dossiers import application_now
from services.loans.usecases.application_form import DraftBody, DraftChangesBody, siren_in
from services.loans.usecases.read_funds import read_fund
from services.loans.usecases.save_draft import (
    ChangeDraft,
    CreateDraft,
    change_draft,
    create_draft,
    lock_to_change,
)
from services.loans.usecases.submit_draft import submit_draft
from services.runtime.call import Call, get_call
from services.runtime.idempotency import perform
from services.runtime.preconditions import IfMatch

router = APIRouter(prefix="/applications", tags=["applications"])


def creation(call: Call, body: DraftBody) -> Callable[[AsyncSession], Awaitable[DraftAnswer]]:
    content = body.patch()
    order = CreateDraft(body.fund_id, Siren(siren_in(content) or ""), content)

    async def effect(session: AsyncSession) -> DraftAnswer:
        draft = await create_draft(session, call.caller, order, entrepreneur_key=call.entrepreneur_key)
        fund = await read_fund(session, call.caller, draft.fund_id)
        return DraftAnswer.of(draft, fund.settings_on(call.today).settings, call.language)

    return effect


@router.patch(
    "/{application_id}",
    response_model=DraftAnswer,
    summary="Fill a draft: a JSON merge patch, where null empties",
)
async def patch_draft(
    application_id: UUID,
    body: DraftChangesBody,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
) -> Response:
    patch = body.patch()
    siren = siren_in(patch)
    order = ChangeDraft(application_id, patch, body.fund_id, None if siren is None else Siren(siren))

    async def now(session: AsyncSession) -> ApplicationAnswer | DraftAnswer:
        return answer_to_tag(await lock_to_change(session, call.caller, application_id))

    async def effect(session: AsyncSession) -> DraftAnswer:
        draft = await change_draft(session, call.caller, order, entrepreneur_key=call.entrepreneur_key)
        fund = await read_fund(session, call.caller, draft.fund_id)
        return DraftAnswer.of(draft, fund.settings_on(call.today).settings, call.language)

    return await perform(call, match.before(effect, now), status=200)


@router.post(
    "/{application_id}/submission",
    response_model=ApplicationAnswer,
    summary="Submit a draft, through every check of a submission",
)
async def post_submission(
    application_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
    _: ReviewBody | None = None,
) -> Response:
    async def effect(session: AsyncSession) -> ApplicationAnswer:
        submitted = await submit_draft(
            session, call.caller, application_id, today=call.today, entrepreneur_key=call.entrepreneur_key
        )
        return ApplicationAnswer.of(submitted, shows_names=True)

    return await perform(call, match.before(effect, application_now(call, application_id)), status=200)
