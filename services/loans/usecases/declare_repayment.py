"""A CAE says that it collected a repayment; the loan owes as much until the operator confirms it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.movements import Payment
from services.loans.domain.repayment_declaration import RepaymentDeclaration, check_declared
from services.loans.persistence import loan_files, repayment_declarations
from services.loans.usecases.facts import of_declaration
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class DeclareRepayment:
    loan_id: UUID
    payment: Payment


async def declare_repayment(
    session: AsyncSession, caller: Caller, order: DeclareRepayment, *, today: date
) -> RepaymentDeclaration:
    require(caller, Act.DECLARE_REPAYMENT)
    file = await loan_files.find(session, order.loan_id, caller.scope)
    loan = file.loan
    check_declared(file, order.payment, today=today)
    declaration = RepaymentDeclaration(
        id=new_id(),
        loan_id=loan.id,
        region=loan.region,
        cae_siren=loan.borrower.cae.siren,
        payment=order.payment,
        created_at=datetime.now(UTC),
    )
    await repayment_declarations.add(session, declaration)
    event = LoansEvent.REPAYMENT_DECLARATION_DECLARED
    tell(session, of_declaration(None, declaration, Act.DECLARE_REPAYMENT, event))
    return declaration
