"""A borrower has died, or is insolvent: what the loan may still become is no longer the same."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import new_id
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.borrower_events import BorrowerEvent, BorrowerEventKind, require_first
from services.loans.domain.life.facts import LoanFile
from services.loans.persistence import loan_files
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import of_loan
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True)
class RecordBorrowerEvent:
    loan_id: UUID
    kind: BorrowerEventKind
    on: date
    note: str


async def record_borrower_event(
    session: AsyncSession, caller: Caller, order: RecordBorrowerEvent, *, today: date
) -> LoanFile:
    """News come late: what was decided meanwhile stays, what is dated after it is refused from now on."""
    require(caller, Act.RECORD_BORROWER_EVENT)
    file = await loan_files.lock(session, order.loan_id, caller.scope)
    require_past(DateField.ON, order.on, today)
    require_order(DateField.DISBURSED_ON, file.loan.disbursed_on, DateField.ON, order.on)
    require_first(file.events, order.kind)
    event = BorrowerEvent(new_id(), file.loan.id, order.kind, order.on, order.note)
    after = replace(file, events=(*file.events, event))
    await loan_files.save(session, FileChange(file, after, ()))
    tell(
        session,
        *of_loan(
            file.loan,
            after.loan,
            Act.RECORD_BORROWER_EVENT,
            LoansEvent.LOAN_BORROWER_EVENT_RECORDED,
            subject_id=event.id,
            values={"kind": event.kind, "on": event.on},
            note=event.note,
        ),
    )
    return after
