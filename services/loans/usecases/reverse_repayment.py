"""A payment came back: a new linked entry, never an edit."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.movements import reverse
from services.loans.domain.loan import Loan
from services.loans.domain.repayment import Repayment, Reversal
from services.loans.persistence import journal, loan_files, remittances
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import of_loan
from services.loans.usecases.schedule_facts import schedule_facts
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class ReverseRepayment:
    repayment_id: UUID
    reversed_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class ReversedRepayment:
    reversal: Reversal
    repayment: Repayment
    loan: Loan


async def reverse_repayment(
    session: AsyncSession, caller: Caller, order: ReverseRepayment, *, today: date
) -> ReversedRepayment:
    require(caller, Act.REVERSE_REPAYMENT)
    file = await loan_files.lock_of_repayment(session, order.repayment_id, caller.scope)
    repayment = next(known for known in file.repayments if known.id == order.repayment_id)
    original = await journal.credit_of(session, file.loan.id, repayment.id)
    movement = reverse(
        file,
        repayment,
        original,
        reversed_on=order.reversed_on,
        reason=order.reason,
        today=today,
    )
    change = FileChange(file, movement.file, movement.entries)
    await loan_files.save(session, change)
    await remittances.release(session, repayment.id)
    taken_back = next(known for known in movement.file.repayments if known.id == order.repayment_id)
    if taken_back.reversal is None:
        raise ValueError(f"repayment {taken_back.id} was not reversed")
    tell(
        session,
        *of_loan(
            file.loan,
            movement.file.loan,
            Act.REVERSE_REPAYMENT,
            LoansEvent.REPAYMENT_REVERSED,
            subject_id=repayment.id,
            values={"amount_cents": repayment.amount_cents, "reversed_on": order.reversed_on},
            note=order.reason,
        ),
        *schedule_facts(change, Act.REVERSE_REPAYMENT),
    )
    return ReversedRepayment(taken_back.reversal, taken_back, movement.file.loan)
