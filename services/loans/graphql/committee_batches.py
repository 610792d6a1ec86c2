"""What the subgraph reads of committees, for many keys at once: rights first, then one query for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.domain.committee_session import SessionMember
from services.loans.domain.condition import Condition
from services.loans.persistence.committee_sessions import SessionFilter
from services.loans.usecases import read_applications, read_borrowers, read_sessions
from services.loans.usecases.read_sessions import SessionShown
from services.runtime.graphql.context import Context


async def sessions_by_id(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, SessionShown]:
    return await read_sessions.sessions_by_id(session, context.caller, ids)


async def sessions_of_applications(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, SessionShown]:
    return await read_sessions.sessions_of_applications(session, context.caller, ids)


@dataclass(frozen=True, slots=True)
class SessionsOfFunds:
    """One more than `first`, so that a connection knows of a next page."""

    first: int
    after: UUID | None

    async def __call__(
        self, session: AsyncSession, context: Context, fund_ids: Sequence[UUID], /
    ) -> Mapping[UUID, list[SessionShown]]:
        return {
            fund_id: await read_sessions.list_sessions(
                session,
                context.caller,
                SessionFilter(fund_id=fund_id),
                after=self.after,
                limit=self.first,
            )
            for fund_id in fund_ids
        }


async def counts_of_funds(
    session: AsyncSession, context: Context, fund_ids: Sequence[UUID], /
) -> Mapping[UUID, int]:
    return {
        fund_id: await read_sessions.count_sessions(session, context.caller, SessionFilter(fund_id=fund_id))
        for fund_id in fund_ids
    }


async def named_members(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, tuple[SessionMember, ...]]:
    """Of sessions, with their names; absent where the fund does not let the caller read them."""
    found = await read_sessions.sessions_by_id(session, context.caller, ids)
    naming = await read_borrowers.funds_that_name(
        session, context.caller, {one.session.fund_id for one in found.values()}
    )
    return {
        session_id: one.session.members for session_id, one in found.items() if one.session.fund_id in naming
    }


async def conditions_of_applications(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, tuple[Condition, ...]]:
    return await read_applications.conditions_of_applications(session, context.caller, ids)


async def applications_by_id(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, Application]:
    return await read_applications.applications_by_id(session, context.caller, ids)
