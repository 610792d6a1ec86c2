"""A funder takes back a share of a fund: what is free of its own, and its entry in the journal."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren, new_id
from services.loans.domain.access import Act, require
from services.loans.domain.contributions import Withdrawal, held_by
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.ledger import EntryKind, entry_of_fund
from services.loans.domain.withdrawal import check_withdrawal, part_of_commitment
from services.loans.persistence import contributions, funds, journal
from services.loans.usecases.facts import fund_dossier
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class WithdrawContribution:
    fund_id: UUID
    funder_siren: Siren
    amount_cents: int
    withdrawn_on: date
    reference: str
    reason: str


async def withdraw_contribution(
    session: AsyncSession, caller: Caller, order: WithdrawContribution, *, today: date
) -> Withdrawal:
    """Approvals and other withdrawals of the fund wait: no two take the same euro."""
    require(caller, Act.WITHDRAW_CONTRIBUTION)
    locked = await funds.lock(session, order.fund_id, caller.scope)
    fund = locked.fund
    require_past(DateField.WITHDRAWN_ON, order.withdrawn_on, today)
    funder = await funds.find_funder(session, fund.id, order.funder_siren)
    stakes = await contributions.stakes_of(session, fund.id)
    check_withdrawal(
        await contributions.free_money(session, fund.id, funder.id, since=order.withdrawn_on),
        amount_cents=order.amount_cents,
        own_commitment_cents=part_of_commitment(locked.committed_cents, held_by(stakes), funder.id),
    )
    withdrawal = Withdrawal(
        id=new_id(),
        fund_id=fund.id,
        funder=funder,
        amount_cents=order.amount_cents,
        withdrawn_on=order.withdrawn_on,
        reference=order.reference,
        reason=order.reason,
        created_at=datetime.now(UTC),
    )
    await contributions.add_withdrawal(session, withdrawal, fund.region)
    entry = entry_of_fund(
        EntryKind.WITHDRAWAL,
        order.withdrawn_on,
        {funder.id: order.amount_cents},
        fund_id=fund.id,
        region=fund.region,
    )
    await journal.add(session, [entry])
    tell(session, _fact(fund, withdrawal))
    return withdrawal


def _fact(fund: Fund, withdrawal: Withdrawal) -> Fact:
    return Fact(
        fund_dossier(fund),
        Act.WITHDRAW_CONTRIBUTION,
        LoansEvent.CONTRIBUTION_WITHDRAWN,
        subject_id=withdrawal.id,
        after={
            "funder_siren": withdrawal.funder.siren,
            "amount_cents": withdrawal.amount_cents,
            "withdrawn_on": withdrawal.withdrawn_on,
            "reference": withdrawal.reference,
        },
        note=withdrawal.reason,
    )
