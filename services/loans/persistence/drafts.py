"""Drafts of applications."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import EntrepreneurId, Siren
from services.loans.domain.application import ApplicationStatus
from services.loans.domain.draft import Draft
from services.loans.persistence.application_filter import ApplicationFilter
from services.loans.persistence.folders import seen_in
from services.loans.persistence.questions import count_open
from services.loans.persistence.tables import DraftRow
from services.loans.persistence.wide_statements import in_array, table_of

DRAFTS = table_of(DraftRow)


async def add(session: AsyncSession, draft: Draft) -> None:
    await session.execute(
        insert(DRAFTS).values(
            id=draft.id,
            fund_id=draft.fund_id,
            region=draft.region,
            cae_siren=draft.cae_siren,
            created_at=draft.created_at,
            **_changing(draft),
        )
    )


async def save(session: AsyncSession, draft: Draft) -> None:
    await session.execute(update(DRAFTS).where(DRAFTS.c.id == draft.id).values(_changing(draft)))


async def remove(session: AsyncSession, draft: Draft) -> None:
    """Once it is an application."""
    await session.execute(delete(DRAFTS).where(DRAFTS.c.id == draft.id))


async def lock(session: AsyncSession, draft_id: UUID, scope: Scope) -> Draft | None:
    """None where there is none, or no longer: it may have been submitted while this waited."""
    await session.execute(
        select(DRAFTS.c.id)
        .where(DRAFTS.c.id == draft_id, *seen_in(DRAFTS, scope))
        .with_for_update(key_share=True)
    )
    return await find(session, draft_id, scope)


async def find(session: AsyncSession, draft_id: UUID, scope: Scope) -> Draft | None:
    row = (await session.execute(_select(scope).where(DRAFTS.c.id == draft_id))).one_or_none()
    return None if row is None else _to_draft(row)


async def page(
    session: AsyncSession, scope: Scope, wanted: ApplicationFilter, *, after: UUID | None, limit: int
) -> list[Draft]:
    """Newest first, one more than `limit` where there is a next page."""
    query = _select(scope).where(*_wanted(wanted)).order_by(DRAFTS.c.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(DRAFTS.c.id < after)
    return [_to_draft(row) for row in await session.execute(query)]


async def count(session: AsyncSession, scope: Scope, wanted: ApplicationFilter) -> int:
    query = select(func.count()).select_from(DRAFTS).where(*_wanted(wanted), *seen_in(DRAFTS, scope))
    return int((await session.execute(query)).scalar_one())


async def by_entrepreneurs(
    session: AsyncSession, entrepreneur_ids: Collection[UUID], scope: Scope
) -> dict[UUID, list[Draft]]:
    """Newest first; every entrepreneur asked for is a key."""
    found = await session.execute(
        _select(scope)
        .where(in_array(DRAFTS.c.entrepreneur_id, entrepreneur_ids), DRAFTS.c.status == "draft")
        .order_by(DRAFTS.c.id.desc())
    )
    grouped: dict[UUID, list[Draft]] = {one: [] for one in entrepreneur_ids}
    for row in found:
        grouped[row.entrepreneur_id].append(_to_draft(row))
    return grouped


def _wanted(wanted: ApplicationFilter) -> list[ColumnElement[bool]]:
    return wanted.conditions(DRAFTS)


def _select(scope: Scope) -> Select[Any]:
    open_questions = count_open("draft_id", DRAFTS.c.id).label("open_questions")
    return select(DRAFTS, open_questions).where(*seen_in(DRAFTS, scope))


def _changing(draft: Draft) -> dict[str, Any]:
    return {
        "content": dict(draft.content),
        "entrepreneur_id": draft.entrepreneur_id,
        "status": draft.status.value,
        "ended_on": draft.ended_on,
        "ended_reason": draft.ended_reason,
        "changed_at": draft.changed_at,
    }


def _to_draft(row: Row[Any]) -> Draft:
    return Draft(
        id=row.id,
        fund_id=row.fund_id,
        region=row.region,
        cae_siren=Siren(row.cae_siren),
        created_at=row.created_at,
        changed_at=row.changed_at,
        content=row.content,
        status=ApplicationStatus(row.status),
        entrepreneur_id=None if row.entrepreneur_id is None else EntrepreneurId(row.entrepreneur_id),
        ended_on=row.ended_on,
        ended_reason=row.ended_reason,
        open_questions=row.open_questions,
    )
