"""Offers that nobody signed within their days are no longer promised: what the daily close says of each."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.domain.access import Act
from services.loans.domain.application import Application, lapse
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import decided_under
from services.loans.persistence import applications, funds
from services.loans.usecases.facts import of_application
from services.runtime.history.facts import tell


async def lapse_offers(session: AsyncSession, *, today: date, region: str | None = None) -> list[Application]:
    """In a transaction of the system, which alone may. The same again finds nothing to do.

    Each fund after the other, in the order of ids; in each its offers first and then itself, as whoever
    decides, signs or disburses does: two closes, or a close and an officer, wait for each other and never in
    a ring.
    """
    lapsed: list[Application] = []
    for fund_id in await applications.funds_with_offers(session, region):
        lapsed += await _lapse_of_fund(session, fund_id, today=today)
    return lapsed


async def _lapse_of_fund(session: AsyncSession, fund_id: UUID, *, today: date) -> list[Application]:
    offers = await applications.lock_offers(session, fund_id)
    fund = await funds.find(session, fund_id, Scope())
    over = []
    for offer in offers:
        offer_days = decided_under(fund, offer).settings.offer_days
        lapsed = lapse(offer, offer_days=offer_days, today=today)
        if lapsed is not None:
            over.append((offer, lapsed))
    if not over:
        return []
    await funds.commit_cents(session, fund_id, -sum(offer.committed_cents for offer, _ in over))
    for offer, lapsed in over:
        await applications.save_status(session, lapsed)
        event = LoansEvent.APPLICATION_LAPSED
        tell(session, of_application(offer, lapsed, Act.LAPSE_OFFERS, event))
    return [lapsed for _, lapsed in over]
