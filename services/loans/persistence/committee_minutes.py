"""The minutes of a session, with the words that stand beside them and the salts of their seals."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.committee_minutes import Minutes, Salts, passages_of
from services.loans.domain.committee_session import CommitteeSession, SessionStatus
from services.loans.persistence.committee_sessions import ITEMS, MEMBERS, SESSIONS, save_items
from services.loans.persistence.tables import metadata
from services.loans.persistence.wide_statements import in_array
from services.runtime.privacy.personal_dossiers import PrivacyAct

TRAIL = metadata.tables["loans.audit_trail"]


async def save_closing(
    session: AsyncSession, closed: CommitteeSession, minutes: Minutes, salts: Salts
) -> None:
    """Its parts first, then itself: from then on the database keeps all of them as they are."""
    if closed.closed_by is None:
        raise ValueError(f"session {closed.id} is not closed")
    await save_items(session, closed)
    await _save_salts(session, closed, salts)
    await session.execute(
        update(SESSIONS)
        .where(SESSIONS.c.id == closed.id)
        .values(
            status=SessionStatus.CLOSED.value,
            closed_at=closed.closed_at,
            closed_by_client=closed.closed_by.client,
            closed_by_person=closed.closed_by.person,
            closed_by_salt=salts["/closed_by"],
            minutes=minutes.text,
            minutes_hash=minutes.hash,
        )
    )


async def _save_salts(session: AsyncSession, closed: CommitteeSession, salts: Salts) -> None:
    members = [
        {"of_id": member.id, "new_salt": salts[f"/members/{place}/words"]}
        for place, member in enumerate(closed.members)
    ]
    items = [
        {
            "of_id": item.application_id,
            "of_applicant": salts[f"/items/{place}/applicant"],
            "of_texts": salts[f"/items/{place}/texts"],
        }
        for place, item in enumerate(closed.items)
    ]
    connection = await session.connection()
    if members:
        await connection.execute(
            update(MEMBERS).where(MEMBERS.c.id == bindparam("of_id")).values(salt=bindparam("new_salt")),
            members,
        )
    if items:
        await connection.execute(
            update(ITEMS)
            .where(ITEMS.c.session_id == closed.id, ITEMS.c.application_id == bindparam("of_id"))
            .values(applicant_salt=bindparam("of_applicant"), texts_salt=bindparam("of_texts")),
            items,
        )


async def of_session(session: AsyncSession, closed: CommitteeSession) -> Minutes:
    """Of a session that the caller has read."""
    query = select(SESSIONS.c.minutes, SESSIONS.c.minutes_hash, SESSIONS.c.closed_by_salt)
    row = (await session.execute(query.where(SESSIONS.c.id == closed.id))).one()
    salts: dict[str, str | None] = {"/closed_by": row.closed_by_salt}
    for place, member in enumerate(await _ordered(session, MEMBERS, closed)):
        salts[f"/members/{place}/words"] = member.salt
    for place, item in enumerate(await _ordered(session, ITEMS, closed)):
        salts[f"/items/{place}/applicant"] = item.applicant_salt
        salts[f"/items/{place}/texts"] = item.texts_salt
    return Minutes(row.minutes, row.minutes_hash, tuple(passages_of(closed, salts)))


async def _ordered(session: AsyncSession, table: Any, closed: CommitteeSession) -> Any:
    query = select(table).where(table.c.session_id == closed.id).order_by(table.c.rank)
    return (await session.execute(query)).all()


async def purged_among(session: AsyncSession, dossier_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of which the audit trail says that the purge emptied something; for who reads the trail."""
    found = await session.execute(
        select(TRAIL.c.dossier_id)
        .where(in_array(TRAIL.c.dossier_id, dossier_ids), TRAIL.c.act == PrivacyAct.PURGE.value)
        .distinct()
    )
    return frozenset(found.scalars())


async def closed_ids(session: AsyncSession) -> list[UUID]:
    """Of every closed session, oldest first."""
    found = await session.execute(
        text("SELECT id FROM loans.committee_sessions WHERE status = 'closed' ORDER BY id")
    )
    return list(found.scalars())
