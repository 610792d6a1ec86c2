"""The applicant signs the offer within the days that the fund leaves.

The paper may come after the offer was found lapsed: what counts is the day of the signature. But the money
may have been promised to others meanwhile, and is promised again only where it is there.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.application import (
    Application,
    ApplicationAct,
    ApplicationStatus,
    next_status,
    session_day,
    sign,
)
from services.loans.domain.approval import check_approval
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import decided_under
from services.loans.domain.terms import FundSettings
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
    next_status(application.status, ApplicationAct.SIGN)  # before its decision is asked for: it may have none
    fund = await funds.find(session, application.fund_id, caller.scope)
    rules = decided_under(fund, application)
    signed = sign(application, signed_on=order.signed_on, settings=rules.settings, today=today)
    if application.status is ApplicationStatus.LAPSED:
        await _promise_again(session, caller, signed, rules.settings)
    await applications.save_status(session, signed)
    tell(session, of_application(application, signed, Act.SIGN_OFFER, LoansEvent.APPLICATION_SIGNED))
    return signed


async def _promise_again(
    session: AsyncSession, caller: Caller, application: Application, settings: FundSettings
) -> None:
    fund = (await funds.lock(session, application.fund_id, caller.scope)).fund
    held_on = session_day(application)
    amount_cents = application.granted_terms.amount_cents
    facts = await funds.facts_for_approval(
        session,
        fund.id,
        entrepreneur_id=application.borrower.entrepreneur_id,
        cae_siren=application.borrower.cae.siren,
        held_on=held_on,
    )
    check_approval(settings, facts, amount_cents=amount_cents, held_on=held_on)
    await funds.commit_cents(session, fund.id, amount_cents)
