"""A funder's money reaches the fund: the contribution, and its entry in the journal."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren, new_id
from services.loans.domain.access import Act, require
from services.loans.domain.contributions import Contribution, check_payment
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.funders import Funder, FunderKind, check_declared_kind
from services.loans.domain.ledger import EntryKind, entry_of_fund
from services.loans.persistence import contributions, funds, journal
from services.loans.usecases.facts import fund_dossier
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class FunderIdentity:
    siren: Siren
    name: str
    kind: FunderKind


@dataclass(frozen=True, slots=True)
class RecordContribution:
    fund_id: UUID
    funder: FunderIdentity
    convention: str
    amount_cents: int
    paid_on: date


async def record_contribution(
    session: AsyncSession, caller: Caller, order: RecordContribution, *, today: date
) -> Contribution:
    """A funder already known by its SIREN keeps the name and the place it had in convention order.

    Under a convention by which it has pledged, it pays on its pledge; under another, what it likes.
    """
    require(caller, Act.RECORD_CONTRIBUTION)
    fund = (await funds.lock(session, order.fund_id, caller.scope)).fund
    require_past(DateField.PAID_ON, order.paid_on, today)
    funder = await ensure_funder(session, fund, order.funder)
    pledge = await contributions.find_pledge(session, funder, order.convention)
    if pledge is not None:
        check_payment(pledge, amount_cents=order.amount_cents, paid_on=order.paid_on)
    contribution = Contribution(
        id=new_id(),
        fund_id=fund.id,
        funder=funder,
        convention=order.convention,
        amount_cents=order.amount_cents,
        paid_on=order.paid_on,
        created_at=datetime.now(UTC),
    )
    await contributions.add(session, contribution, fund.region)
    entry = entry_of_fund(
        EntryKind.CONTRIBUTION,
        order.paid_on,
        {funder.id: order.amount_cents},
        fund_id=fund.id,
        region=fund.region,
    )
    await journal.add(session, [entry])
    tell(session, _fact(fund, contribution))
    return contribution


async def ensure_funder(session: AsyncSession, fund: Fund, identity: FunderIdentity) -> Funder:
    check_declared_kind(identity.kind)
    return await funds.ensure_funder(
        session, fund.id, new_id=new_id(), siren=identity.siren, name=identity.name, kind=identity.kind
    )


def _fact(fund: Fund, contribution: Contribution) -> Fact:
    return Fact(
        fund_dossier(fund),
        Act.RECORD_CONTRIBUTION,
        LoansEvent.CONTRIBUTION_RECORDED,
        subject_id=contribution.id,
        after={
            "funder_siren": contribution.funder.siren,
            "convention": contribution.convention,
            "amount_cents": contribution.amount_cents,
            "paid_on": contribution.paid_on,
        },
    )
