"""Committee sessions with their members and agenda. A session is always read and written whole."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.kernel.officers import Officer
from services.kernel.refusals import NotFound
from services.loans.domain.committee import Member, Outcome
from services.loans.domain.committee_session import (
    LIVE,
    CommitteeSession,
    ItemOutcome,
    Presence,
    SessionItem,
    SessionMember,
    SessionStatus,
    Vote,
)
from services.loans.domain.condition import AskedCondition
from services.loans.domain.refusals import LoansElement
from services.loans.domain.terms import Terms
from services.loans.persistence.scopes import sees_committee
from services.loans.persistence.tables import CommitteeSessionRow, SessionItemRow, SessionMemberRow
from services.loans.persistence.wide_statements import in_array, table_of

SESSIONS = table_of(CommitteeSessionRow)
MEMBERS = table_of(SessionMemberRow)
ITEMS = table_of(SessionItemRow)


@dataclass(frozen=True, slots=True)
class SessionFilter:
    fund_id: UUID | None = None
    status: SessionStatus | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted = ((SESSIONS.c.fund_id, self.fund_id), (SESSIONS.c.status, self.status and self.status.value))
        return [column == value for column, value in wanted if value is not None]


async def add(session: AsyncSession, planned: CommitteeSession) -> None:
    await session.execute(
        insert(SESSIONS).values(
            id=planned.id,
            fund_id=planned.fund_id,
            region=planned.region,
            held_on=planned.held_on,
            place=planned.place,
            status=planned.status.value,
            created_at=planned.created_at,
        )
    )
    if planned.members:
        await session.execute(insert(MEMBERS), [_member_values(planned, one) for one in planned.members])
    await save_items(session, planned)


async def lock(session: AsyncSession, session_id: UUID, scope: Scope) -> CommitteeSession:
    """Before any application of its agenda, by all who lock both. Read after: what it waited for is seen."""
    await session.execute(
        select(SESSIONS.c.id)
        .where(SESSIONS.c.id == session_id, *sees_committee(CommitteeSessionRow, scope))
        .with_for_update(key_share=True)
    )
    return await find(session, session_id, scope)


async def lock_next_planned(
    session: AsyncSession, after: CommitteeSession, scope: Scope
) -> CommitteeSession | None:
    """The fund's next session that is still only planned: a session that is held meanwhile is left alone."""
    query = (
        select(SESSIONS.c.id)
        .where(
            SESSIONS.c.fund_id == after.fund_id,
            SESSIONS.c.status == SessionStatus.PLANNED.value,
            SESSIONS.c.held_on >= after.held_on,
            *sees_committee(CommitteeSessionRow, scope),
        )
        .order_by(SESSIONS.c.held_on, SESSIONS.c.id)
        .limit(1)
        .with_for_update(key_share=True)
    )
    found = (await session.execute(query)).scalar_one_or_none()
    return None if found is None else await find(session, found, scope)


async def find(session: AsyncSession, session_id: UUID, scope: Scope) -> CommitteeSession:
    found = await by_ids(session, [session_id], scope)
    if session_id not in found:
        raise NotFound(what=LoansElement.COMMITTEE_SESSION, id=session_id)
    return found[session_id]


async def by_ids(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, CommitteeSession]:
    query = select(SESSIONS).where(in_array(SESSIONS.c.id, ids), *sees_committee(CommitteeSessionRow, scope))
    return {one.id: one for one in await _all(session, query)}


async def page(
    session: AsyncSession, scope: Scope, wanted: SessionFilter, *, after: UUID | None, limit: int
) -> list[CommitteeSession]:
    """Newest first, one more than `limit` where there is a next page."""
    query = (
        select(SESSIONS)
        .where(*wanted.conditions(), *sees_committee(CommitteeSessionRow, scope))
        .order_by(SESSIONS.c.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(SESSIONS.c.id < after)
    return await _all(session, query)


async def count(session: AsyncSession, scope: Scope, wanted: SessionFilter) -> int:
    query = (
        select(func.count())
        .select_from(SESSIONS)
        .where(*wanted.conditions(), *sees_committee(CommitteeSessionRow, scope))
    )
    return int((await session.execute(query)).scalar_one())


async def day_of_live_agenda(session: AsyncSession, application_id: UUID) -> date | None:
    """The day of the session on whose agenda an application stands, if any; under the application's lock."""
    return (await days_of_live_agendas(session, [application_id])).get(application_id, (None, None))[1]


async def days_of_live_agendas(
    session: AsyncSession, application_ids: Collection[UUID]
) -> dict[UUID, tuple[UUID, date]]:
    """(session, day) of each application that stands on a live agenda."""
    found = await session.execute(
        select(ITEMS.c.application_id, SESSIONS.c.id, SESSIONS.c.held_on)
        .join(SESSIONS, SESSIONS.c.id == ITEMS.c.session_id)
        .where(in_array(ITEMS.c.application_id, application_ids), ITEMS.c.is_live)
    )
    return {row.application_id: (row.id, row.held_on) for row in found}


async def sessions_of_applications(
    session: AsyncSession, application_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """The last session on whose agenda each application stood; ids grow with time."""
    found = await session.execute(
        select(ITEMS.c.application_id, ITEMS.c.session_id)
        .where(in_array(ITEMS.c.application_id, application_ids))
        .order_by(ITEMS.c.application_id, ITEMS.c.session_id)
    )
    return {row.application_id: row.session_id for row in found}


async def deferred_of_fund(session: AsyncSession, fund_id: UUID) -> list[SessionItem]:
    """Under review, left by a session that is over, and on no agenda since; the oldest session's first."""
    found = await session.execute(
        select(ITEMS.c.application_id, ITEMS.c.cae_siren, func.min(SESSIONS.c.held_on).label("first_on"))
        .join(SESSIONS, SESSIONS.c.id == ITEMS.c.session_id)
        .where(
            SESSIONS.c.fund_id == fund_id,
            ITEMS.c.application_id.in_(_left_by_sessions(fund_id)),
        )
        .group_by(ITEMS.c.application_id, ITEMS.c.cae_siren)
        .order_by("first_on", ITEMS.c.application_id)
    )
    return [SessionItem(row.application_id, Siren(row.cae_siren), 0) for row in found]


def _left_by_sessions(fund_id: UUID) -> Select[Any]:
    held = ITEMS.alias("held")
    over = SESSIONS.alias("over")
    return (
        select(held.c.application_id)
        .join(over, over.c.id == held.c.session_id)
        .where(over.c.fund_id == fund_id)
        .group_by(held.c.application_id)
        .having(
            func.bool_or(held.c.outcome == ItemOutcome.DEFERRED.value),
            ~func.bool_or(held.c.is_live),
        )
    )


async def save_items(session: AsyncSession, changed: CommitteeSession) -> None:
    """The whole agenda, as it is now; under the session's lock."""
    await session.execute(delete(ITEMS).where(ITEMS.c.session_id == changed.id))
    if changed.items:
        await session.execute(insert(ITEMS), [_item_values(changed, item) for item in changed.items])


async def save_presences(session: AsyncSession, changed: CommitteeSession) -> None:
    for member in changed.members:
        presence = member.presence
        await session.execute(
            update(MEMBERS)
            .where(MEMBERS.c.id == member.id)
            .values(
                is_present=presence.is_present,
                represents=presence.represents,
                arrived_for_item=presence.arrived_for_item,
            )
        )


async def save_status(session: AsyncSession, changed: CommitteeSession) -> None:
    """Of a session that is not closed: the closing is of `committee_minutes`."""
    if changed.status not in LIVE:
        await session.execute(update(ITEMS).where(ITEMS.c.session_id == changed.id).values(is_live=False))
    await session.execute(
        update(SESSIONS).where(SESSIONS.c.id == changed.id).values(status=changed.status.value)
    )


async def _all(session: AsyncSession, query: Select[Any]) -> list[CommitteeSession]:
    rows = (await session.execute(query)).all()
    ids = [row.id for row in rows]
    members = await _of_sessions(session, select(MEMBERS).where(in_array(MEMBERS.c.session_id, ids)), MEMBERS)
    items = await _of_sessions(session, select(ITEMS).where(in_array(ITEMS.c.session_id, ids)), ITEMS)
    return [_to_session(row, members[row.id], items[row.id]) for row in rows]


async def _of_sessions(session: AsyncSession, query: Select[Any], table: Any) -> dict[UUID, list[Row[Any]]]:
    grouped: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in await session.execute(query.order_by(table.c.session_id, table.c.rank)):
        grouped[row.session_id].append(row)
    return grouped


def _member_values(of: CommitteeSession, member: SessionMember) -> dict[str, Any]:
    person, presence = member.member, member.presence
    return {
        "id": member.id,
        "session_id": of.id,
        "region": of.region,
        "rank": member.rank,
        "standing_id": member.standing_id,
        "name": person.name,
        "organisation": person.organisation,
        "siren": person.siren,
        "tied_to": sorted(person.tied_to),
        "represents": presence.represents,
        "is_present": presence.is_present,
        "arrived_for_item": presence.arrived_for_item,
    }


def _item_values(of: CommitteeSession, item: SessionItem) -> dict[str, Any]:
    vote = item.vote
    granted = vote.granted if vote else None
    return {
        "session_id": of.id,
        "application_id": item.application_id,
        "region": of.region,
        "cae_siren": item.cae_siren,
        "rank": item.rank,
        "is_live": of.status in LIVE,
        "outcome": item.outcome and item.outcome.value,
        "vote_outcome": vote and vote.outcome.value,
        "votes_for": vote and vote.votes_for,
        "votes_against": vote and vote.votes_against,
        "abstentions": vote and vote.abstentions,
        "stood_aside": list(vote.stood_aside) if vote else [],
        "granted_amount_cents": granted and granted.amount_cents,
        "granted_months": granted and granted.months,
        "granted_grace_months": granted and granted.grace_months,
        "conditions": [condition.text for condition in vote.conditions] if vote else [],
        "are_precedent": [condition.is_precedent for condition in vote.conditions] if vote else [],
        "reason": vote and vote.reason,
        "applicant": item.applicant,
    }


def _to_session(row: Row[Any], members: Iterable[Row[Any]], items: Iterable[Row[Any]]) -> CommitteeSession:
    return CommitteeSession(
        id=row.id,
        fund_id=row.fund_id,
        region=row.region,
        held_on=row.held_on,
        created_at=row.created_at,
        place=row.place,
        status=SessionStatus(row.status),
        members=tuple(map(_to_member, members)),
        items=tuple(map(_to_item, items)),
        closed_at=row.closed_at,
        closed_by=Officer(row.closed_by_client, row.closed_by_person) if row.closed_by_client else None,
        minutes_hash=row.minutes_hash,
    )


def _to_member(row: Row[Any]) -> SessionMember:
    return SessionMember(
        id=row.id,
        rank=row.rank,
        member=Member(
            row.name,
            row.organisation,
            None if row.siren is None else Siren(row.siren),
            frozenset(map(Siren, row.tied_to)),
        ),
        standing_id=row.standing_id,
        presence=Presence(row.is_present, row.represents, row.arrived_for_item),
    )


def _to_item(row: Row[Any]) -> SessionItem:
    return SessionItem(
        application_id=row.application_id,
        cae_siren=Siren(row.cae_siren),
        rank=row.rank,
        vote=None if row.vote_outcome is None else _to_vote(row),
        outcome=None if row.outcome is None else ItemOutcome(row.outcome),
        applicant=row.applicant,
    )


def _to_vote(row: Row[Any]) -> Vote:
    """The texts of its conditions may have been emptied since, and then all of them."""
    conditions = zip(row.conditions, row.are_precedent, strict=True) if row.conditions else ()
    return Vote(
        outcome=Outcome(row.vote_outcome),
        votes_for=row.votes_for,
        votes_against=row.votes_against,
        abstentions=row.abstentions,
        stood_aside=tuple(row.stood_aside),
        granted=None
        if row.granted_amount_cents is None
        else Terms(row.granted_amount_cents, row.granted_months, row.granted_grace_months),
        conditions=tuple(AskedCondition(text, is_precedent) for text, is_precedent in conditions),
        reason=row.reason,
    )
