"""The funders of imported loans are declared: they take over what the placeholder bore for them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act, require
from services.loans.domain.contributions import held_by
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.movements import declare_funders as take_over
from services.loans.domain.refusals import NoPaidInContribution, NothingToDeclare
from services.loans.persistence import contributions, funds, loan_files
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import fund_dossier
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class DeclareFunders:
    fund_id: UUID
    declared_on: date


@dataclass(frozen=True, slots=True)
class DeclaredFunders:
    fund_id: UUID
    declared_on: date
    loans: int
    principal_cents: int


async def declare_funders(
    session: AsyncSession, caller: Caller, order: DeclareFunders, *, today: date
) -> DeclaredFunders:
    """Each loan by what was paid in at its disbursement; by all that was paid in since, if nothing was."""
    require(caller, Act.DECLARE_FUNDERS)
    fund = (await funds.lock(session, order.fund_id, caller.scope)).fund
    require_past(DateField.DECLARED_ON, order.declared_on, today)
    stakes = await contributions.stakes_of(session, fund.id)
    paid_in_by_now = held_by(stakes, order.declared_on)
    if not paid_in_by_now:
        raise NoPaidInContribution(on=order.declared_on)
    placeholder = await funds.ensure_placeholder(session, fund.id, new_id=new_id())
    files = [
        file
        for file in await loan_files.lock_borne_by(session, placeholder.id)
        if file.loan.disbursed_on <= order.declared_on
    ]
    if not files:
        raise NothingToDeclare(on=order.declared_on)
    changes = []
    for file in files:
        movement = take_over(
            file,
            placeholder_id=placeholder.id,
            paid_in_cents=held_by(stakes, file.loan.disbursed_on) or paid_in_by_now,
            declared_on=order.declared_on,
        )
        changes.append(FileChange(file, movement.file, movement.entries))
    await loan_files.replace_shares(session, changes)
    declared = DeclaredFunders(
        fund_id=fund.id,
        declared_on=order.declared_on,
        loans=len(files),
        principal_cents=sum(file.loan.principal_cents for file in files),
    )
    values = {
        "declared_on": declared.declared_on,
        "loans": declared.loans,
        "principal_cents": declared.principal_cents,
    }
    tell(
        session,
        Fact(fund_dossier(fund), Act.DECLARE_FUNDERS, LoansEvent.FUND_FUNDERS_DECLARED, after=values),
    )
    return declared
