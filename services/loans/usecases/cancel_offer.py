"""A signed offer will not be paid: the fund has the money again."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, cancel
from services.loans.domain.events import LoansEvent
from services.loans.persistence import applications, funds
from services.loans.usecases.facts import of_application
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class CancelOffer:
    application_id: UUID
    cancelled_on: date
    reason: str


async def cancel_offer(
    session: AsyncSession, caller: Caller, order: CancelOffer, *, today: date
) -> Application:
    require(caller, Act.CANCEL_OFFER)
    application = await applications.lock(session, order.application_id, caller.scope)
    cancelled = cancel(application, on=order.cancelled_on, reason=order.reason, today=today)
    await applications.save_status(session, cancelled)
    await funds.commit_cents(session, application.fund_id, -application.committed_cents)
    event = LoansEvent.APPLICATION_CANCELLED
    tell(session, of_application(application, cancelled, Act.CANCEL_OFFER, event, note=order.reason))
    return cancelled
