"""A funder promises money to a fund, under a convention; it pays in later, in one or more payments."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act, require
from services.loans.domain.contributions import PlannedPayment, Pledge, check_pledge
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.fund_refusals import PledgeTaken
from services.loans.persistence import contributions, funds
from services.loans.usecases.facts import fund_dossier
from services.loans.usecases.record_contribution import FunderIdentity, ensure_funder
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class RecordPledge:
    fund_id: UUID
    funder: FunderIdentity
    convention: str
    amount_cents: int
    signed_on: date
    planned: tuple[PlannedPayment, ...] = ()


async def record_pledge(session: AsyncSession, caller: Caller, order: RecordPledge, *, today: date) -> Pledge:
    """What its funder has already paid in under that convention counts as paid on it."""
    require(caller, Act.RECORD_PLEDGE)
    fund = (await funds.lock(session, order.fund_id, caller.scope)).fund
    funder = await ensure_funder(session, fund, order.funder)
    known = await contributions.find_pledge(session, funder, order.convention)
    if known is not None:
        raise PledgeTaken(siren=funder.siren, convention=known.convention, pledged_cents=known.amount_cents)
    paid = await contributions.paid_under(session, funder, order.convention)
    pledge = Pledge(
        id=new_id(),
        fund_id=fund.id,
        funder=funder,
        convention=order.convention,
        amount_cents=order.amount_cents,
        signed_on=order.signed_on,
        planned=tuple(sorted(order.planned, key=lambda payment: payment.due_on)),
        created_at=datetime.now(UTC),
        paid_cents=sum(contribution.amount_cents for contribution in paid),
    )
    check_pledge(pledge, paid, today=today)
    await contributions.add_pledge(session, pledge, fund.region)
    tell(session, _fact(fund, pledge))
    return pledge


def _fact(fund: Fund, pledge: Pledge) -> Fact:
    return Fact(
        fund_dossier(fund),
        Act.RECORD_PLEDGE,
        LoansEvent.CONTRIBUTION_PLEDGED,
        subject_id=pledge.id,
        after={
            "funder_siren": pledge.funder.siren,
            "convention": pledge.convention,
            "amount_cents": pledge.amount_cents,
            "signed_on": pledge.signed_on,
            "paid_cents": pledge.paid_cents,
        },
    )
