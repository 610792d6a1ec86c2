"""Who sits in a fund's committee, and from when to when."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound
from services.loans.domain.committee import Member
from services.loans.domain.refusals import LoansElement
from services.loans.domain.standing_member import MembersFilter, StandingMember
from services.loans.persistence.scopes import sees_committee
from services.loans.persistence.tables import StandingMemberRow
from services.loans.persistence.wide_statements import in_array, table_of

MEMBERS = table_of(StandingMemberRow)


async def add(session: AsyncSession, standing: StandingMember) -> None:
    member = standing.member
    await session.execute(
        insert(MEMBERS).values(
            id=standing.id,
            fund_id=standing.fund_id,
            region=standing.region,
            name=member.name,
            organisation=member.organisation,
            siren=member.siren,
            tied_to=sorted(member.tied_to),
            from_on=standing.from_on,
            until_on=standing.until_on,
            created_at=standing.created_at,
        )
    )


async def lock(session: AsyncSession, member_id: UUID, scope: Scope) -> StandingMember:
    query = select(MEMBERS).where(MEMBERS.c.id == member_id, *sees_committee(StandingMemberRow, scope))
    row = (await session.execute(query.with_for_update(key_share=True))).one_or_none()
    if row is None:
        raise NotFound(what=LoansElement.COMMITTEE_MEMBER, id=member_id)
    return _to_standing(row)


async def save_end(session: AsyncSession, standing: StandingMember) -> None:
    await session.execute(
        update(MEMBERS).where(MEMBERS.c.id == standing.id).values(until_on=standing.until_on)
    )


async def of_fund(
    session: AsyncSession, fund_id: UUID, member_ids: Collection[UUID], scope: Scope
) -> dict[UUID, StandingMember]:
    """Those asked for that are the fund's; another fund's is absent."""
    found = await session.execute(
        select(MEMBERS).where(
            MEMBERS.c.fund_id == fund_id,
            in_array(MEMBERS.c.id, member_ids),
            *sees_committee(StandingMemberRow, scope),
        )
    )
    return {row.id: _to_standing(row) for row in found}


async def page(
    session: AsyncSession, scope: Scope, wanted: MembersFilter, *, after: UUID | None, limit: int
) -> list[StandingMember]:
    """In the order in which they were recorded, one more than `limit` where there is a next page."""
    query = select(MEMBERS).where(*_conditions(wanted, scope)).order_by(MEMBERS.c.id).limit(limit + 1)
    if after is not None:
        query = query.where(MEMBERS.c.id > after)
    return [_to_standing(row) for row in await session.execute(query)]


async def count(session: AsyncSession, scope: Scope, wanted: MembersFilter) -> int:
    query = select(func.count()).select_from(MEMBERS).where(*_conditions(wanted, scope))
    return int((await session.execute(query)).scalar_one())


def _conditions(wanted: MembersFilter, scope: Scope) -> list[ColumnElement[bool]]:
    conditions = [MEMBERS.c.fund_id == wanted.fund_id, *sees_committee(StandingMemberRow, scope)]
    if wanted.on is not None:
        conditions.append(MEMBERS.c.from_on <= wanted.on)
        conditions.append(or_(MEMBERS.c.until_on.is_(None), MEMBERS.c.until_on >= wanted.on))
    return conditions


def _to_standing(row: Row[Any]) -> StandingMember:
    return StandingMember(
        id=row.id,
        fund_id=row.fund_id,
        region=row.region,
        member=Member(
            row.name,
            row.organisation,
            None if row.siren is None else Siren(row.siren),
            frozenset(map(Siren, row.tied_to)),
        ),
        from_on=row.from_on,
        until_on=row.until_on,
        created_at=row.created_at,
    )
