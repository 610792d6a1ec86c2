"""The applicant gives up before the committee decides."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, withdraw
from services.loans.domain.events import LoansEvent
from services.loans.persistence import applications
from services.loans.usecases.facts import of_application
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class WithdrawApplication:
    """`withdrawn_on` is today unless the paper says otherwise."""

    application_id: UUID
    reason: str | None = None
    withdrawn_on: date | None = None


async def withdraw_application(
    session: AsyncSession, caller: Caller, order: WithdrawApplication, *, today: date
) -> Application:
    require(caller, Act.WITHDRAW_APPLICATION)
    application = await applications.lock(session, order.application_id, caller.scope)
    withdrawn = withdraw(application, on=order.withdrawn_on or today, reason=order.reason, today=today)
    await applications.save_status(session, withdrawn)
    event = LoansEvent.APPLICATION_WITHDRAWN
    tell(
        session,
        of_application(application, withdrawn, Act.WITHDRAW_APPLICATION, event, note=order.reason),
    )
    return withdrawn
