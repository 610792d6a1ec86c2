"""The operator takes a submitted application under review."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, review
from services.loans.domain.events import LoansEvent
from services.loans.persistence import applications
from services.loans.usecases.facts import of_application
from services.runtime.history.facts import tell


async def review_application(session: AsyncSession, caller: Caller, application_id: UUID) -> Application:
    require(caller, Act.REVIEW_APPLICATION)
    application = await applications.lock(session, application_id, caller.scope)
    reviewed = review(application)
    await applications.save_status(session, reviewed)
    tell(
        session,
        of_application(application, reviewed, Act.REVIEW_APPLICATION, LoansEvent.APPLICATION_UNDER_REVIEW),
    )
    return reviewed
