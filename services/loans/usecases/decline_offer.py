"""The applicant declines the offer: what the fund had promised is free again."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, decline
from services.loans.domain.events import LoansEvent
from services.loans.persistence import applications
from services.loans.usecases.facts import of_application
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    """`declined_on` is today unless the paper says otherwise."""

    application_id: UUID
    reason: str | None = None
    declined_on: date | None = None


async def decline_offer(
    session: AsyncSession, caller: Caller, order: DeclineOffer, *, today: date
) -> Application:
    require(caller, Act.DECLINE_OFFER)
    application = await applications.lock(session, order.application_id, caller.scope)
    declined = decline(application, on=order.declined_on or today, reason=order.reason, today=today)
    await applications.save_status(session, declined)
    await applications.free_promise(session, declined)
    event = LoansEvent.APPLICATION_DECLINED
    tell(session, of_application(application, declined, Act.DECLINE_OFFER, event, note=order.reason))
    return declined
