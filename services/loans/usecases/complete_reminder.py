"""An officer did what a reminder asked for."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.reminders import Reminder, complete
from services.loans.persistence import reminders
from services.runtime.history.facts import Dossier, Fact, tell


@dataclass(frozen=True, slots=True)
class CompleteReminder:
    reminder_id: UUID
    done_on: date
    note: str | None = None


async def complete_reminder(
    session: AsyncSession, caller: Caller, order: CompleteReminder, *, today: date
) -> Reminder:
    require(caller, Act.COMPLETE_REMINDER)
    before = await reminders.lock(session, order.reminder_id, caller.scope)
    done = complete(before, done_on=order.done_on, note=order.note, today=today)
    await reminders.save_done(session, done)
    tell(
        session,
        Fact(
            Dossier("loan", done.loan_id, done.region, done.cae_siren),
            Act.COMPLETE_REMINDER,
            LoansEvent.REMINDER_DONE,
            subject_id=done.id,
            before={"status": before.status},
            after={"status": done.status, "done_on": done.done_on},
            note=done.note,
        ),
    )
    return done
