"""What a loan still owes is lost: it leaves the receivables, split over who bears it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.loan import Loan
from services.loans.domain.movements import write_off
from services.loans.persistence import loan_files
from services.loans.persistence.loan_rows import FileChange


@dataclass(frozen=True, slots=True)
class WriteOffLoan:
    loan_id: UUID
    written_off_on: date
    reason: str


async def write_off_loan(session: AsyncSession, caller: Caller, order: WriteOffLoan, *, today: date) -> Loan:
    require(caller, Act.WRITE_OFF_LOAN)
    file = await loan_files.lock(session, order.loan_id, caller.scope)
    movement = write_off(file, written_off_on=order.written_off_on, reason=order.reason, today=today)
    await loan_files.save(session, FileChange(file, movement.file, movement.entries))
    return movement.file.loan
