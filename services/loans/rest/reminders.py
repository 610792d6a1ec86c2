"""Plans of reminders, under /v1/funds/{id}/reminder-plans, and what they ask for, under /v1/reminders."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.reminders import ReminderStatus
from services.loans.persistence.reminders import ReminderFilter
from services.loans.rest.reminder_models import (
    CompletionBody,
    ReminderAnswer,
    ReminderPlanAnswer,
    ReminderPlanBody,
    ReminderPlansAnswer,
)
from services.loans.usecases.complete_reminder import complete_reminder
from services.loans.usecases.plan_reminders import plan_reminders, read_plans
from services.loans.usecases.read_reminders import (
    count_reminders,
    list_reminders,
    lock_reminder,
    read_reminder,
)
from services.runtime.call import Call, get_call, read
from services.runtime.fields import BusinessDate, SirenField
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(tags=["arrears"])


@router.post(
    "/funds/{fund_id}/reminder-plans",
    status_code=201,
    response_model=ReminderPlanAnswer,
    summary="Set, from a date on, what precedes and follows the due dates of a fund's loans",
)
async def post_reminder_plan(
    fund_id: UUID, body: ReminderPlanBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    async def effect(session: AsyncSession) -> ReminderPlanAnswer:
        return ReminderPlanAnswer.of(await plan_reminders(session, call.caller, body.order(fund_id)))

    return await perform(call, effect)


@router.get("/funds/{fund_id}/reminder-plans", summary="Read a fund's plans of reminders, from the first")
async def get_reminder_plans(fund_id: UUID, call: Annotated[Call, Depends(get_call)]) -> ReminderPlansAnswer:
    plans = await read(call, lambda session: read_plans(session, call.caller, fund_id))
    return ReminderPlansAnswer(items=[ReminderPlanAnswer.of(plan) for plan in plans])


@router.get("/reminders", summary="List reminders, the longest due first, with today's delays")
async def get_reminders(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    loan_id: Annotated[UUID | None, Query(description="Of one loan")] = None,
    fund_id: Annotated[UUID | None, Query(description="Of one fund")] = None,
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
    status: Annotated[
        ReminderStatus | None, Query(description="In one status: `due` are those still to be done")
    ] = None,
    due_on: Annotated[BusinessDate | None, Query(description="Asked for by the close of one day")] = None,
) -> Page[ReminderAnswer]:
    wanted = ReminderFilter(loan_id=loan_id, fund_id=fund_id, cae=cae, status=status, due_on=due_on)
    after = decode_cursor(page.after, date.fromisoformat, UUID) if page.after else None

    async def query(session: AsyncSession) -> Page[ReminderAnswer]:
        found = await list_reminders(
            session, call.caller, wanted, after=(after[0], after[1]) if after else None, limit=page.limit
        )
        items, following = cut_page(
            found,
            page.limit,
            lambda one: encode_cursor(one.reminder.due_on.isoformat(), str(one.reminder.id)),
        )
        total = await count_reminders(session, call.caller, wanted) if page.count else None
        answers = [ReminderAnswer.of(one, call.today) for one in items]
        return Page(items=answers, next=following, total=total)

    return await read(call, query)


@router.get("/reminders/{reminder_id}", summary="Read a reminder")
async def get_reminder(
    reminder_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response
) -> ReminderAnswer:
    found = await read(call, lambda session: read_reminder(session, call.caller, reminder_id))
    answer = ReminderAnswer.of(found, call.today)
    tag(response, answer)
    return answer


@router.post(
    "/reminders/{reminder_id}/completion",
    response_model=ReminderAnswer,
    summary="Say that a reminder was done, and what came of it",
)
async def post_completion(
    reminder_id: UUID, body: CompletionBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> ReminderAnswer:
        await complete_reminder(session, call.caller, body.order(reminder_id), today=call.today)
        return ReminderAnswer.of(await read_reminder(session, call.caller, reminder_id), call.today)

    return await perform(call, match.before(effect, _now(call, reminder_id)), status=200)


def _now(call: Call, reminder_id: UUID) -> Callable[[AsyncSession], Awaitable[ReminderAnswer]]:
    async def now(session: AsyncSession) -> ReminderAnswer:
        return ReminderAnswer.of(await lock_reminder(session, call.caller, reminder_id), call.today)

    return now
