"""The applications that a caller sees, drafts among them where they may."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Scope
from services.loans.domain.access import ALLOWED, Act, require
from services.loans.domain.application import Application, ApplicationStatus
from services.loans.domain.condition import Condition
from services.loans.domain.draft import Draft
from services.loans.persistence import applications, conditions, drafts
from services.loans.persistence.application_filter import ApplicationFilter


async def read_application(session: AsyncSession, caller: Caller, application_id: UUID) -> Application:
    require(caller, Act.READ_APPLICATION)
    return _seen(caller, await applications.find(session, application_id, caller.scope))


async def read_either(session: AsyncSession, caller: Caller, application_id: UUID) -> Application | Draft:
    """What the id names now: a draft, or what became of it."""
    require(caller, Act.READ_APPLICATION)
    is_for_drafts = caller.role in ALLOWED[Act.READ_DRAFT]
    draft = await drafts.find(session, application_id, caller.scope) if is_for_drafts else None
    return draft or _seen(caller, await applications.find(session, application_id, caller.scope))


async def lock_application(
    session: AsyncSession, caller: Caller, application_id: UUID
) -> Application | Draft:
    """As it is read, and so that it stays: what is compared with `If-Match` before an act on it."""
    require(caller, Act.READ_APPLICATION)
    return await lock_either(session, application_id, caller.scope)


async def lock_either(session: AsyncSession, application_id: UUID, scope: Scope) -> Application | Draft:
    """For acts that both know. A draft that was submitted while this waited is an application."""
    draft = await drafts.lock(session, application_id, scope)
    return draft or await applications.lock(session, application_id, scope)


async def list_applications(
    session: AsyncSession, caller: Caller, wanted: ApplicationFilter, *, after: UUID | None, limit: int
) -> list[Application | Draft]:
    """Newest first; one more than `limit` where there is a next page.

    A draft and its application have one id: it keeps its place in the list when it is submitted.
    """
    require(caller, Act.READ_APPLICATION)
    found: list[Application | Draft] = []
    if _has_drafts(caller, wanted):
        found += await drafts.page(session, caller.scope, wanted, after=after, limit=limit)
    if wanted.status is not ApplicationStatus.DRAFT:
        page = await applications.page(session, caller.scope, wanted, after=after, limit=limit)
        found += [_seen(caller, one) for one in page]
    return sorted(found, key=lambda one: one.id, reverse=True)[: limit + 1]


async def count_applications(session: AsyncSession, caller: Caller, wanted: ApplicationFilter) -> int:
    require(caller, Act.READ_APPLICATION)
    counted = 0
    if _has_drafts(caller, wanted):
        counted += await drafts.count(session, caller.scope, wanted)
    if wanted.status is not ApplicationStatus.DRAFT:
        counted += await applications.count(session, caller.scope, wanted)
    return counted


async def applications_of_entrepreneurs(
    session: AsyncSession, caller: Caller, entrepreneur_ids: Collection[UUID]
) -> dict[UUID, list[Application]]:
    """By one query for all; every entrepreneur asked for is a key."""
    require(caller, Act.READ_APPLICATION)
    found = await applications.by_entrepreneurs(session, entrepreneur_ids, caller.scope)
    return {person: [_seen(caller, one) for one in theirs] for person, theirs in found.items()}


async def drafts_of_entrepreneurs(
    session: AsyncSession, caller: Caller, entrepreneur_ids: Collection[UUID]
) -> dict[UUID, list[Draft]]:
    require(caller, Act.READ_DRAFT)
    return await drafts.by_entrepreneurs(session, entrepreneur_ids, caller.scope)


def _has_drafts(caller: Caller, wanted: ApplicationFilter) -> bool:
    """Partners know of none; and a draft is only ever one, or withdrawn."""
    is_status_of_drafts = wanted.status in {None, ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN}
    return is_status_of_drafts and not wanted.is_of_submitted and caller.role in ALLOWED[Act.READ_DRAFT]


def _seen(caller: Caller, application: Application) -> Application:
    """Whoever may not read questions is not told that there are some."""
    if caller.role in ALLOWED[Act.READ_QUESTION]:
        return application
    return replace(application, open_questions=None)


async def applications_by_id(
    session: AsyncSession, caller: Caller, ids: Collection[UUID]
) -> dict[UUID, Application]:
    """Those that the caller sees."""
    require(caller, Act.READ_APPLICATION)
    found = await applications.by_ids(session, ids, caller.scope)
    return {application_id: _seen(caller, one) for application_id, one in found.items()}


async def conditions_of_applications(
    session: AsyncSession, caller: Caller, application_ids: Collection[UUID]
) -> dict[UUID, tuple[Condition, ...]]:
    """Of applications that the caller has read."""
    require(caller, Act.READ_APPLICATION)
    return await conditions.of_applications(session, application_ids)
