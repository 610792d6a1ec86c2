"""The applications that a caller sees."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application
from services.loans.persistence import applications
from services.loans.persistence.applications import ApplicationFilter


async def read_application(session: AsyncSession, caller: Caller, application_id: UUID) -> Application:
    require(caller, Act.READ_APPLICATION)
    return await applications.find(session, application_id, caller.scope)


async def lock_application(session: AsyncSession, caller: Caller, application_id: UUID) -> Application:
    """As it is read, and so that it stays: what is compared with `If-Match` before an act on it."""
    require(caller, Act.READ_APPLICATION)
    return await applications.lock(session, application_id, caller.scope)


async def list_applications(
    session: AsyncSession, caller: Caller, wanted: ApplicationFilter, *, after: UUID | None, limit: int
) -> list[Application]:
    """Newest first; one more than `limit` where there is a next page."""
    require(caller, Act.READ_APPLICATION)
    return await applications.page(session, caller.scope, wanted, after=after, limit=limit)


async def count_applications(session: AsyncSession, caller: Caller, wanted: ApplicationFilter) -> int:
    require(caller, Act.READ_APPLICATION)
    return await applications.count(session, caller.scope, wanted)


async def applications_of_entrepreneurs(
    session: AsyncSession, caller: Caller, entrepreneur_ids: Collection[UUID]
) -> dict[UUID, list[Application]]:
    """By one query for all; every entrepreneur asked for is a key."""
    require(caller, Act.READ_APPLICATION)
    return await applications.by_entrepreneurs(session, entrepreneur_ids, caller.scope)
