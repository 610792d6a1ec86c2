"""A fund's committee, under /v1/funds/{id}/committee-members; its sessions, under /v1/committee-sessions."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.committee_session import CommitteeSession, SessionStatus
from services.loans.domain.standing_member import MembersFilter
from services.loans.persistence.committee_sessions import SessionFilter
from services.loans.rest.committee_answers import SessionAnswer, StandingMemberAnswer
from services.loans.rest.committee_bodies import (
    AgendaBody,
    AttendanceBody,
    EmptyBody,
    SessionBody,
    StandingMemberBody,
    StandingMemberEndBody,
    VoteBody,
)
from services.loans.usecases.close_session import close_session
from services.loans.usecases.open_session import cancel_session, open_committee_session, record_who_sits
from services.loans.usecases.plan_session import plan_session
from services.loans.usecases.read_borrowers import funds_that_name
from services.loans.usecases.read_sessions import (
    SessionShown,
    count_sessions,
    list_sessions,
    lock_session,
    read_session,
    shown,
)
from services.loans.usecases.record_vote import defer_item, vote_on_item
from services.loans.usecases.set_agenda import set_agenda_of_session
from services.loans.usecases.standing_members import (
    add_standing_member,
    count_standing_members,
    end_standing_member,
    list_standing_members,
)
from services.runtime.call import Call, get_call, read
from services.runtime.fields import BusinessDate
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(tags=["committees"])

Change = Callable[[AsyncSession], Awaitable[CommitteeSession]]
Called = Annotated[Call, Depends(get_call)]


@router.post(
    "/funds/{fund_id}/committee-members",
    status_code=201,
    response_model=StandingMemberAnswer,
    summary="Add a member to the standing list of a fund's committee",
)
async def post_member(fund_id: UUID, body: StandingMemberBody, call: Called) -> Response:
    async def effect(session: AsyncSession) -> StandingMemberAnswer:
        added = await add_standing_member(session, call.caller, body.order(fund_id))
        return StandingMemberAnswer.of(added, shows_names=True)

    return await perform(call, effect)


@router.get("/funds/{fund_id}/committee-members", summary="List who sits, or ever sat, in a fund's committee")
async def get_members(
    fund_id: UUID,
    call: Called,
    page: Annotated[PageQuery, Depends(page_query)],
    on: Annotated[BusinessDate | None, Query(description="Who sits on that day")] = None,
) -> Page[StandingMemberAnswer]:
    wanted = MembersFilter(fund_id, on)
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[StandingMemberAnswer]:
        found = await list_standing_members(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_standing_members(session, call.caller, wanted) if page.count else None
        shows_names = fund_id in await funds_that_name(session, call.caller, {fund_id})
        answers = [StandingMemberAnswer.of(one, shows_names=shows_names) for one in items]
        return Page(items=answers, next=following, total=total)

    return await read(call, query)


@router.post(
    "/committee-members/{member_id}/end",
    response_model=StandingMemberAnswer,
    summary="Say until when a member sits; nobody is taken off the list",
)
async def post_member_end(member_id: UUID, body: StandingMemberEndBody, call: Called) -> Response:
    async def effect(session: AsyncSession) -> StandingMemberAnswer:
        ended = await end_standing_member(session, call.caller, body.order(member_id))
        return StandingMemberAnswer.of(ended, shows_names=True)

    return await perform(call, effect, status=200)


@router.post(
    "/committee-sessions",
    status_code=201,
    response_model=SessionAnswer,
    summary="Plan a session; its agenda starts with what earlier ones left",
)
async def post_session(body: SessionBody, call: Called) -> Response:
    async def effect(session: AsyncSession) -> SessionAnswer:
        return await _answer(session, call, await plan_session(session, call.caller, body.order()))

    return await perform(call, effect)


@router.get("/committee-sessions", summary="List sessions, newest first")
async def get_sessions(
    call: Called,
    page: Annotated[PageQuery, Depends(page_query)],
    fund_id: Annotated[UUID | None, Query(description="Of one fund")] = None,
    status: Annotated[SessionStatus | None, Query(description="In one status")] = None,
) -> Page[SessionAnswer]:
    wanted = SessionFilter(fund_id=fund_id, status=status)
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[SessionAnswer]:
        found = await list_sessions(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.session.id)))
        total = await count_sessions(session, call.caller, wanted) if page.count else None
        naming = await funds_that_name(session, call.caller, {one.session.fund_id for one in items})
        answers = [SessionAnswer.of(one, shows_names=one.session.fund_id in naming) for one in items]
        return Page(items=answers, next=following, total=total)

    return await read(call, query)


@router.get(
    "/committee-sessions/{session_id}",
    summary="Read a session: who sits, who must stand aside on what, whether there is a quorum",
)
async def get_session(session_id: UUID, call: Called, response: Response) -> SessionAnswer:
    async def query(session: AsyncSession) -> SessionAnswer:
        found = await read_session(session, call.caller, session_id)
        naming = await funds_that_name(session, call.caller, {found.session.fund_id})
        return SessionAnswer.of(found, shows_names=found.session.fund_id in naming)

    answer = await read(call, query)
    tag(response, answer)
    return answer


def acting(summary: str, path: str) -> dict[str, Any]:
    return {"path": path, "response_model": SessionAnswer, "summary": summary}


@router.post(
    **acting(
        "Set the agenda: applications under review of the fund, in order",
        "/committee-sessions/{session_id}/agenda",
    )
)
async def post_agenda(session_id: UUID, body: AgendaBody, call: Called, match: IfMatch) -> Response:
    order = body.order(session_id)
    return await _act(
        call, match, session_id, lambda session: set_agenda_of_session(session, call.caller, order)
    )


@router.post(**acting("Open a session on its day", "/committee-sessions/{session_id}/opening"))
async def post_opening(
    session_id: UUID, call: Called, match: IfMatch, _: EmptyBody | None = None
) -> Response:
    return await _act(
        call,
        match,
        session_id,
        lambda session: open_committee_session(session, call.caller, session_id, today=call.today),
    )


@router.post(
    **acting(
        "Record who sits, for whom, and from which item on", "/committee-sessions/{session_id}/attendance"
    )
)
async def post_attendance(session_id: UUID, body: AttendanceBody, call: Called, match: IfMatch) -> Response:
    order = body.order(session_id)
    return await _act(call, match, session_id, lambda session: record_who_sits(session, call.caller, order))


@router.post(
    **acting(
        "Record, or correct, the vote on an application",
        "/committee-sessions/{session_id}/items/{application_id}/vote",
    )
)
async def post_vote(
    session_id: UUID, application_id: UUID, body: VoteBody, call: Called, match: IfMatch
) -> Response:
    order = body.order(session_id, application_id)
    return await _act(
        call, match, session_id, lambda session: vote_on_item(session, call.caller, order, today=call.today)
    )


@router.post(
    **acting(
        "Leave an application to another session; a vote on it is taken back",
        "/committee-sessions/{session_id}/items/{application_id}/deferral",
    )
)
async def post_deferral(
    session_id: UUID, application_id: UUID, call: Called, match: IfMatch, _: EmptyBody | None = None
) -> Response:
    return await _act(
        call,
        match,
        session_id,
        lambda session: defer_item(session, call.caller, session_id, application_id),
    )


@router.post(
    **acting(
        "Close a session: all that it voted becomes decisions, or nothing does, and its minutes are made",
        "/committee-sessions/{session_id}/closing",
    )
)
async def post_closing(
    session_id: UUID, call: Called, match: IfMatch, _: EmptyBody | None = None
) -> Response:
    return await _act(
        call,
        match,
        session_id,
        lambda session: close_session(session, call.caller, session_id, today=call.today),
    )


@router.post(**acting("Cancel a session that is not closed", "/committee-sessions/{session_id}/cancellation"))
async def post_cancellation(
    session_id: UUID, call: Called, match: IfMatch, _: EmptyBody | None = None
) -> Response:
    return await _act(
        call, match, session_id, lambda session: cancel_session(session, call.caller, session_id)
    )


async def _act(call: Call, match: IfMatch, session_id: UUID, change: Change) -> Response:
    async def effect(session: AsyncSession) -> SessionAnswer:
        return await _answer(session, call, await change(session))

    async def now(session: AsyncSession) -> SessionAnswer:
        return _whole(await lock_session(session, call.caller, session_id))

    return await perform(call, match.before(effect, now), status=200)


async def _answer(session: AsyncSession, call: Call, changed: CommitteeSession) -> SessionAnswer:
    return _whole((await shown(session, call.caller, [changed]))[0])


def _whole(found: SessionShown) -> SessionAnswer:
    """With names: whoever acts on a session reads them."""
    return SessionAnswer.of(found, shows_names=True)
