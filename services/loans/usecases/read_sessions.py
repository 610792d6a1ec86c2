"""A fund's committee sessions, who may vote on what in each, and their minutes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.refusals import StatusForbids
from services.loans.domain.access import Act, require
from services.loans.domain.committee_minutes import Minutes, MinutesProof, verify_minutes
from services.loans.domain.committee_session import (
    CommitteeSession,
    SessionItem,
    SessionStatus,
    Sitting,
    sitting,
)
from services.loans.persistence import committee_minutes, committee_sessions, funds
from services.loans.persistence.committee_sessions import SessionFilter
from services.runtime.privacy.personal_data import ERASED_PERSON


@dataclass(frozen=True, slots=True)
class SessionShown:
    """`quorum` is of the fund's settings on the day of the session."""

    session: CommitteeSession
    quorum: int

    def sitting(self, item: SessionItem) -> Sitting:
        return sitting(self.session, item, quorum=self.quorum)


async def shown(
    session: AsyncSession, caller: Caller, sessions: Sequence[CommitteeSession]
) -> list[SessionShown]:
    """Sessions that the caller has read, or has just changed."""
    found = await funds.by_ids(session, {one.fund_id for one in sessions}, caller.scope)
    return [
        SessionShown(one, found[one.fund_id].settings_on(one.held_on).settings.quorum) for one in sessions
    ]


async def read_session(session: AsyncSession, caller: Caller, session_id: UUID) -> SessionShown:
    require(caller, Act.READ_SESSION)
    found = await committee_sessions.find(session, session_id, caller.scope)
    return (await shown(session, caller, [found]))[0]


async def lock_session(session: AsyncSession, caller: Caller, session_id: UUID) -> SessionShown:
    """As it is read, and so that it stays: what is compared with `If-Match` before an act on it."""
    require(caller, Act.READ_SESSION)
    held = await committee_sessions.lock(session, session_id, caller.scope)
    return (await shown(session, caller, [held]))[0]


async def list_sessions(
    session: AsyncSession, caller: Caller, wanted: SessionFilter, *, after: UUID | None, limit: int
) -> list[SessionShown]:
    """Newest first; one more than `limit` where there is a next page."""
    require(caller, Act.READ_SESSION)
    found = await committee_sessions.page(session, caller.scope, wanted, after=after, limit=limit)
    return await shown(session, caller, found)


async def count_sessions(session: AsyncSession, caller: Caller, wanted: SessionFilter) -> int:
    require(caller, Act.READ_SESSION)
    return await committee_sessions.count(session, caller.scope, wanted)


async def sessions_by_id(
    session: AsyncSession, caller: Caller, ids: Collection[UUID]
) -> dict[UUID, SessionShown]:
    require(caller, Act.READ_SESSION)
    found = await committee_sessions.by_ids(session, ids, caller.scope)
    return {one.session.id: one for one in await shown(session, caller, list(found.values()))}


async def sessions_of_applications(
    session: AsyncSession, caller: Caller, application_ids: Collection[UUID]
) -> dict[UUID, SessionShown]:
    """The last session on whose agenda each stood; one that never was on an agenda is absent."""
    require(caller, Act.READ_SESSION)
    known = await committee_sessions.sessions_of_applications(session, application_ids)
    found = await sessions_by_id(session, caller, set(known.values()))
    return {one: found[session_id] for one, session_id in known.items() if session_id in found}


async def read_minutes(
    session: AsyncSession, caller: Caller, session_id: UUID
) -> tuple[CommitteeSession, Minutes]:
    require(caller, Act.READ_MINUTES)
    found = await committee_sessions.find(session, session_id, caller.scope)
    if found.status is not SessionStatus.CLOSED:
        raise StatusForbids(status=found.status, act=Act.READ_MINUTES, possible_from=[SessionStatus.CLOSED])
    return found, await committee_minutes.of_session(session, found)


async def prove_minutes(
    session: AsyncSession, caller: Caller, session_id: UUID
) -> tuple[CommitteeSession, MinutesProof]:
    """By the hash that was kept at the closing, the session's rows, and the seals of its words."""
    require(caller, Act.VERIFY_MINUTES)
    found, minutes = await read_minutes(session, caller, session_id)
    dossiers = {passage.dossier_id for passage in minutes.passages}
    purged = await committee_minutes.purged_among(session, dossiers)
    return found, verify_minutes(found, minutes, purged=purged, erased_name=ERASED_PERSON)


async def prove_all_minutes(
    session: AsyncSession, caller: Caller
) -> dict[UUID, tuple[CommitteeSession, MinutesProof]]:
    """Of every closed session that the caller sees."""
    require(caller, Act.VERIFY_MINUTES)
    closed = await committee_minutes.closed_ids(session)
    return {session_id: await prove_minutes(session, caller, session_id) for session_id in closed}
