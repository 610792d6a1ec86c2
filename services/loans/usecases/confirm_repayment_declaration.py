"""The operator confirms what a CAE declared: now it is a repayment like any other."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.repayment_declaration import (
    DeclarationAct,
    RepaymentDeclaration,
    confirm,
    require_open,
)
from services.loans.persistence import loan_files, repayment_declarations
from services.loans.usecases.facts import of_declaration
from services.loans.usecases.record_repayment import RecordedRepayment, receive
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class ConfirmedDeclaration:
    declaration: RepaymentDeclaration
    recorded: RecordedRepayment


async def confirm_repayment_declaration(
    session: AsyncSession, caller: Caller, declaration_id: UUID, *, today: date
) -> ConfirmedDeclaration:
    """What the loan owes is asked again, under its lock: it may have been repaid since."""
    require(caller, Act.CONFIRM_REPAYMENT_DECLARATION)
    declaration = await repayment_declarations.lock(session, declaration_id, caller.scope)
    require_open(declaration, DeclarationAct.CONFIRM)
    file = await loan_files.lock(session, declaration.loan_id, caller.scope)
    recorded = await receive(session, file, declaration.payment, today=today)
    confirmed = confirm(declaration, recorded.repayment, at=datetime.now(UTC))
    await repayment_declarations.save_end(session, confirmed)
    event = LoansEvent.REPAYMENT_DECLARATION_CONFIRMED
    tell(session, of_declaration(declaration, confirmed, Act.CONFIRM_REPAYMENT_DECLARATION, event))
    return ConfirmedDeclaration(confirmed, recorded)
