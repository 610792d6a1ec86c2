"""A session is planned: on a day that may be to come, with who is to sit, and what the last ones left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.kernel.refusals import NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.application import ApplicationStatus
from services.loans.domain.committee import Member
from services.loans.domain.committee_session import (
    CommitteeSession,
    SessionMember,
    check_members,
    deferred_first,
)
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.refusals import LoansElement
from services.loans.domain.standing_member import MembersFilter, StandingMember, check_sits
from services.loans.persistence import applications, committee_sessions, funds, standing_members
from services.loans.usecases.facts import of_session
from services.runtime.history.facts import tell

MOST_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class PlanSession:
    """`member_ids` None is the whole standing list of that day; `members` sit for this session only."""

    fund_id: UUID
    held_on: date
    place: str | None = None
    member_ids: tuple[UUID, ...] | None = None
    members: tuple[Member, ...] = ()


async def plan_session(session: AsyncSession, caller: Caller, order: PlanSession) -> CommitteeSession:
    require(caller, Act.HOLD_SESSION)
    fund = await funds.find(session, order.fund_id, caller.scope)
    standing = await _standing(session, caller, order)
    planned = CommitteeSession(
        id=new_id(),
        fund_id=fund.id,
        region=fund.region,
        held_on=order.held_on,
        created_at=datetime.now(UTC),
        place=order.place,
        members=_seated(standing, order.members),
    )
    check_members(planned.members)
    await committee_sessions.add(session, planned)
    planned = await _with_what_was_left(session, caller, planned, fund)
    tell(session, of_session(None, planned, Act.HOLD_SESSION, LoansEvent.COMMITTEE_PLANNED))
    return planned


async def _standing(session: AsyncSession, caller: Caller, order: PlanSession) -> Sequence[StandingMember]:
    if order.member_ids is None:
        on_the_day = MembersFilter(order.fund_id, order.held_on)
        return await standing_members.page(session, caller.scope, on_the_day, after=None, limit=MOST_MEMBERS)
    found = await standing_members.of_fund(session, order.fund_id, order.member_ids, caller.scope)
    for member_id in order.member_ids:
        if member_id not in found:
            raise NotFound(what=LoansElement.COMMITTEE_MEMBER, id=member_id)
        check_sits(found[member_id], order.held_on)
    return [found[member_id] for member_id in order.member_ids]


def _seated(standing: Sequence[StandingMember], guests: Sequence[Member]) -> tuple[SessionMember, ...]:
    named = [(one.member, one.id) for one in standing] + [(guest, None) for guest in guests]
    return tuple(
        SessionMember(new_id(), rank, member, standing_id)
        for rank, (member, standing_id) in enumerate(named, start=1)
    )


async def _with_what_was_left(
    session: AsyncSession, caller: Caller, planned: CommitteeSession, fund: Fund
) -> CommitteeSession:
    """Applications that earlier sessions did not vote on, and that are on no agenda since."""
    left = await committee_sessions.deferred_of_fund(session, fund.id)
    if not left:
        return planned
    held = await applications.lock_all(session, [item.application_id for item in left], caller.scope)
    taken = await committee_sessions.days_of_live_agendas(session, list(held))
    items = [
        item
        for item in left
        if item.application_id not in taken
        and item.application_id in held
        and held[item.application_id].status is ApplicationStatus.UNDER_REVIEW
    ]
    if not items:
        return planned
    planned = deferred_first(replace(planned, items=()), items)
    await committee_sessions.save_items(session, planned)
    return planned
