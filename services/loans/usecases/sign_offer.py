"""The applicant signs the offer within the days that the fund leaves."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application, sign
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import decided_under
from services.loans.persistence import applications, funds
from services.loans.usecases.facts import of_application
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class SignOffer:
    application_id: UUID
    signed_on: date


async def sign_offer(session: AsyncSession, caller: Caller, order: SignOffer, *, today: date) -> Application:
    require(caller, Act.SIGN_OFFER)
    application = await applications.lock(session, order.application_id, caller.scope)
    fund = await funds.find(session, application.fund_id, caller.scope)
    rules = decided_under(fund, application)
    signed = sign(application, signed_on=order.signed_on, settings=rules.settings, today=today)
    await applications.save_status(session, signed)
    tell(session, of_application(application, signed, Act.SIGN_OFFER, LoansEvent.APPLICATION_SIGNED))
    return signed
