"""Money comes after the loss: it goes back to those who lost."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.facts import Recovery
from services.loans.domain.life.movements import receive_recovery
from services.loans.domain.loan import Loan
from services.loans.persistence import loan_files
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import of_loan
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class RecordRecovery:
    loan_id: UUID
    amount_cents: int
    received_on: date
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedRecovery:
    recovery: Recovery
    loan: Loan


async def record_recovery(
    session: AsyncSession, caller: Caller, order: RecordRecovery, *, today: date
) -> RecordedRecovery:
    require(caller, Act.RECORD_RECOVERY)
    file = await loan_files.lock(session, order.loan_id, caller.scope)
    movement = receive_recovery(
        file,
        amount_cents=order.amount_cents,
        received_on=order.received_on,
        today=today,
        reference=order.reference,
    )
    await loan_files.save(session, FileChange(file, movement.file, movement.entries))
    recovery = movement.file.recoveries[-1]
    tell(
        session,
        *of_loan(
            file.loan,
            movement.file.loan,
            Act.RECORD_RECOVERY,
            LoansEvent.RECOVERY_RECORDED,
            subject_id=recovery.id,
            values={"amount_cents": recovery.amount_cents, "received_on": recovery.received_on},
        ),
    )
    return RecordedRecovery(recovery, movement.file.loan)
