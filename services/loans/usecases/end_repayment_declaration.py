"""A declared repayment that will not count: the operator rejects it, or the CAE takes it back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.repayment_declaration import RepaymentDeclaration, reject, withdraw
from services.loans.persistence import repayment_declarations
from services.loans.usecases.facts import of_declaration
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class RejectDeclaration:
    declaration_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawDeclaration:
    declaration_id: UUID
    reason: str | None = None


async def reject_repayment_declaration(
    session: AsyncSession, caller: Caller, order: RejectDeclaration
) -> RepaymentDeclaration:
    require(caller, Act.REJECT_REPAYMENT_DECLARATION)
    declaration = await repayment_declarations.lock(session, order.declaration_id, caller.scope)
    rejected = reject(declaration, reason=order.reason, at=datetime.now(UTC))
    await repayment_declarations.save_end(session, rejected)
    event = LoansEvent.REPAYMENT_DECLARATION_REJECTED
    tell(session, of_declaration(declaration, rejected, Act.REJECT_REPAYMENT_DECLARATION, event))
    return rejected


async def withdraw_repayment_declaration(
    session: AsyncSession, caller: Caller, order: WithdrawDeclaration
) -> RepaymentDeclaration:
    require(caller, Act.WITHDRAW_REPAYMENT_DECLARATION)
    declaration = await repayment_declarations.lock(session, order.declaration_id, caller.scope)
    withdrawn = withdraw(declaration, reason=order.reason, at=datetime.now(UTC))
    await repayment_declarations.save_end(session, withdrawn)
    event = LoansEvent.REPAYMENT_DECLARATION_WITHDRAWN
    tell(session, of_declaration(declaration, withdrawn, Act.WITHDRAW_REPAYMENT_DECLARATION, event))
    return withdrawn
