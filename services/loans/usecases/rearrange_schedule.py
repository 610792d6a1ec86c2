"""An officer decides of a schedule: another number of instalments, a pause, or all of it at once."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.life.changes import ChangeOrder, rearrange
from services.loans.domain.life.facts import ChangeKind, LoanFile
from services.loans.persistence import loan_files
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import of_loan
from services.loans.usecases.read_loan_life import PaidVersion, paid_versions
from services.loans.usecases.schedule_facts import schedule_facts
from services.runtime.history.facts import tell

ACTS = {
    ChangeKind.RESCHEDULING: (Act.RESCHEDULE_LOAN, LoansEvent.LOAN_RESCHEDULED),
    ChangeKind.SUSPENSION: (Act.RESCHEDULE_LOAN, LoansEvent.LOAN_SUSPENDED),
    ChangeKind.ACCELERATION: (Act.ACCELERATE_LOAN, LoansEvent.LOAN_ACCELERATED),
}


@dataclass(frozen=True, slots=True)
class RearrangeSchedule:
    loan_id: UUID
    change: ChangeOrder


@dataclass(frozen=True, slots=True)
class Rearranged:
    """`version` is the one that holds from the change on, which later facts may already have followed."""

    file: LoanFile
    version: PaidVersion


async def rearrange_schedule(
    session: AsyncSession, caller: Caller, order: RearrangeSchedule, *, today: date
) -> Rearranged:
    act, event = ACTS[order.change.kind]
    require(caller, act)
    file = await loan_files.lock(session, order.loan_id, caller.scope)
    after = rearrange(file, order.change, today=today)
    change = FileChange(file, after, ())
    await loan_files.save(session, change)
    decided = after.changes[-1]
    tell(
        session,
        *of_loan(
            file.loan,
            after.loan,
            act,
            event,
            subject_id=decided.id,
            values={
                "from": decided.on,
                "months": decided.months,
                "noticed_on": decided.noticed_on,
                "is_plan": decided.is_plan,
                "schedule_version": after.loan.schedule_version,
                "next_due_on": after.loan.next_due_on,
            },
            note=decided.reason,
        ),
        *schedule_facts(change, act, own=1),
    )
    by_then = [paid for paid in paid_versions(after) if paid.version.effective_on <= decided.on]
    return Rearranged(after, by_then[-1])
