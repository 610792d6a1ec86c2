"""The day has come: the session opens, who sits is noted; or it is cancelled, and its agenda is free."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.committee_session import (
    CommitteeSession,
    Presence,
    SessionAct,
    move,
    open_session,
    record_attendance,
)
from services.loans.domain.events import LoansEvent
from services.loans.persistence import committee_sessions
from services.loans.usecases.facts import of_session
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class RecordAttendance:
    """Of the members that it names; the others stay as they were noted."""

    session_id: UUID
    presences: tuple[tuple[UUID, Presence], ...]


async def open_committee_session(
    session: AsyncSession, caller: Caller, session_id: UUID, *, today: date
) -> CommitteeSession:
    require(caller, Act.HOLD_SESSION)
    before = await committee_sessions.lock(session, session_id, caller.scope)
    opened = open_session(before, today=today)
    await committee_sessions.save_status(session, opened)
    tell(session, of_session(before, opened, Act.HOLD_SESSION, None))
    return opened


async def record_who_sits(session: AsyncSession, caller: Caller, order: RecordAttendance) -> CommitteeSession:
    require(caller, Act.HOLD_SESSION)
    before = await committee_sessions.lock(session, order.session_id, caller.scope)
    noted = record_attendance(before, order.presences)
    await committee_sessions.save_presences(session, noted)
    tell(session, of_session(before, noted, Act.HOLD_SESSION, None, personal_fields=("attendance",)))
    return noted


async def cancel_session(session: AsyncSession, caller: Caller, session_id: UUID) -> CommitteeSession:
    require(caller, Act.HOLD_SESSION)
    before = await committee_sessions.lock(session, session_id, caller.scope)
    cancelled = move(before, SessionAct.CANCEL)
    await committee_sessions.save_status(session, cancelled)
    tell(session, of_session(before, cancelled, Act.HOLD_SESSION, LoansEvent.COMMITTEE_CANCELLED))
    return cancelled
