"""The operator takes a submitted application under review."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, review
from services.loans.persistence import applications


async def review_application(session: AsyncSession, caller: Caller, application_id: UUID) -> Application:
    require(caller, Act.REVIEW_APPLICATION)
    application = review(await applications.lock(session, application_id, caller.scope))
    await applications.save_status(session, application)
    return application
