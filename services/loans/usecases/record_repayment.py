"""Money comes back from a borrower, to the oldest unpaid instalments first."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.kept import KeptLoan, repay_last
from services.loans.domain.life.movements import Payment, repay
from services.loans.domain.life.standing import allocations_of
from services.loans.domain.loan import Loan
from services.loans.domain.repayment import Repayment
from services.loans.domain.schedule import Allocation
from services.loans.persistence import loan_files, repayment_recording
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import of_loan
from services.loans.usecases.schedule_facts import schedule_facts
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class RecordRepayment:
    loan_id: UUID
    payment: Payment


@dataclass(frozen=True, slots=True)
class RecordedRepayment:
    """`allocations` are the instalments it covers, all facts known so far taken in date order."""

    repayment: Repayment
    allocations: tuple[Allocation, ...]
    loan: Loan


async def record_repayment(
    session: AsyncSession, caller: Caller, order: RecordRepayment, *, today: date
) -> RecordedRepayment:
    """Its facts are read only where one of them may come after the payment, or be changed by it."""
    require(caller, Act.RECORD_REPAYMENT)
    kept = await repayment_recording.lock(session, order.loan_id, caller.scope)
    if kept.has_all_before(order.payment):
        return await _receive_last(session, kept, order.payment, today=today)
    file = await loan_files.lock(session, order.loan_id, caller.scope)
    return await receive(session, file, order.payment, today=today)


async def _receive_last(
    session: AsyncSession, kept: KeptLoan, payment: Payment, *, today: date
) -> RecordedRepayment:
    recorded = repay_last(kept, payment, today=today)
    await repayment_recording.save(session, recorded)
    tell(session, *repayment_facts(kept.loan, recorded.loan, recorded.repayment))
    return RecordedRepayment(recorded.repayment, recorded.allocations, recorded.loan)


async def receive(
    session: AsyncSession, file: LoanFile, payment: Payment, *, today: date
) -> RecordedRepayment:
    """On a locked loan, whoever said that the money came."""
    movement = repay(file, payment, today=today)
    change = FileChange(file, movement.file, movement.entries)
    await loan_files.save(session, change)
    after = movement.file
    repayment = after.repayments[-1]
    allocations = allocations_of(after, repayment)
    tell(
        session,
        *repayment_facts(file.loan, after.loan, repayment),
        *schedule_facts(change, Act.RECORD_REPAYMENT),
    )
    return RecordedRepayment(repayment, tuple(allocations), after.loan)


def repayment_facts(before: Loan, after: Loan, repayment: Repayment) -> list[Fact]:
    return of_loan(
        before,
        after,
        Act.RECORD_REPAYMENT,
        LoansEvent.REPAYMENT_RECORDED,
        subject_id=repayment.id,
        values={
            "amount_cents": repayment.amount_cents,
            "paid_on": repayment.paid_on,
            "method": repayment.method,
            **({"early": repayment.early} if repayment.early else {}),
        },
    )
