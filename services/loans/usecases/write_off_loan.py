"""What a loan still owes is lost: it leaves the receivables, split over who bears it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.movements import write_off
from services.loans.domain.loan import Loan, LossCause
from services.loans.persistence import funds, loan_files
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import of_loan
from services.loans.usecases.second_person import check_who_writes_off
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class WriteOffLoan:
    loan_id: UUID
    written_off_on: date
    reason: str
    cause: LossCause = LossCause.UNCOLLECTABLE


async def write_off_loan(session: AsyncSession, caller: Caller, order: WriteOffLoan, *, today: date) -> Loan:
    require(caller, Act.WRITE_OFF_LOAN)
    file = await loan_files.lock(session, order.loan_id, caller.scope)
    movement = write_off(
        file, written_off_on=order.written_off_on, reason=order.reason, today=today, cause=order.cause
    )
    # The fund is read, not locked: the loan's lock is held, and funds are locked before loans.
    access = (await funds.access_of(session, [file.loan.fund_id]))[file.loan.fund_id]
    await check_who_writes_off(session, caller, access, [file.loan])
    await loan_files.save(session, FileChange(file, movement.file, movement.entries))
    lost = movement.file.loan
    values = {"written_off_on": order.written_off_on, "cause": order.cause}
    event = LoansEvent.LOAN_WRITTEN_OFF
    tell(
        session,
        *of_loan(file.loan, lost, Act.WRITE_OFF_LOAN, event, values=values, note=order.reason),
    )
    return lost
