"""The standing list of a fund's committee: who joins, and who leaves. Nobody is taken off it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act, require
from services.loans.domain.committee import Member
from services.loans.domain.standing_member import MembersFilter, StandingMember, check_days, end
from services.loans.persistence import funds, standing_members
from services.loans.usecases.facts import fund_dossier
from services.runtime.history.facts import Fact, tell

WORDS_OF_A_MEMBER = ("name", "organisation", "siren", "tied_to")


@dataclass(frozen=True, slots=True)
class AddStandingMember:
    fund_id: UUID
    member: Member
    from_on: date
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class EndStandingMember:
    member_id: UUID
    until_on: date


async def add_standing_member(
    session: AsyncSession, caller: Caller, order: AddStandingMember
) -> StandingMember:
    require(caller, Act.KEEP_COMMITTEE)
    fund = await funds.find(session, order.fund_id, caller.scope)
    standing = StandingMember(
        id=new_id(),
        fund_id=fund.id,
        region=fund.region,
        member=order.member,
        from_on=order.from_on,
        until_on=order.until_on,
        created_at=datetime.now(UTC),
    )
    check_days(standing)
    await standing_members.add(session, standing)
    tell(
        session,
        Fact(
            fund_dossier(fund),
            Act.KEEP_COMMITTEE,
            subject_id=standing.id,
            after={"from_on": standing.from_on, "until_on": standing.until_on},
            personal_fields=WORDS_OF_A_MEMBER,
        ),
    )
    return standing


async def end_standing_member(
    session: AsyncSession, caller: Caller, order: EndStandingMember
) -> StandingMember:
    require(caller, Act.KEEP_COMMITTEE)
    standing = await standing_members.lock(session, order.member_id, caller.scope)
    ended = end(standing, order.until_on)
    await standing_members.save_end(session, ended)
    fund = await funds.find(session, standing.fund_id, caller.scope)
    tell(
        session,
        Fact(
            fund_dossier(fund),
            Act.KEEP_COMMITTEE,
            subject_id=standing.id,
            before={"until_on": None},
            after={"until_on": ended.until_on},
        ),
    )
    return ended


async def list_standing_members(
    session: AsyncSession, caller: Caller, wanted: MembersFilter, *, after: UUID | None, limit: int
) -> list[StandingMember]:
    """As they were recorded; one more than `limit` where there is a next page."""
    require(caller, Act.READ_COMMITTEE)
    await funds.find(session, wanted.fund_id, caller.scope)
    return await standing_members.page(session, caller.scope, wanted, after=after, limit=limit)


async def count_standing_members(session: AsyncSession, caller: Caller, wanted: MembersFilter) -> int:
    require(caller, Act.READ_COMMITTEE)
    return await standing_members.count(session, caller.scope, wanted)
