"""Who is to be contacted about which loan, and what was done of it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.loan import Loan
from services.loans.domain.reminders import Reminder
from services.loans.persistence import reminders, whole_loans
from services.loans.persistence.reminders import ReminderFilter


@dataclass(frozen=True, slots=True)
class ReminderOfLoan:
    """With the loan as it stands now: since the reminder fell due, it may have been paid."""

    reminder: Reminder
    loan: Loan


async def read_reminder(session: AsyncSession, caller: Caller, reminder_id: UUID) -> ReminderOfLoan:
    require(caller, Act.READ_REMINDER)
    found = await reminders.find(session, reminder_id, caller.scope)
    return (await _with_loans(session, caller, [found]))[0]


async def lock_reminder(session: AsyncSession, caller: Caller, reminder_id: UUID) -> ReminderOfLoan:
    """As it is read, and so that it stays: what is compared with `If-Match` before an act on it."""
    require(caller, Act.READ_REMINDER)
    found = await reminders.lock(session, reminder_id, caller.scope)
    return (await _with_loans(session, caller, [found]))[0]


async def list_reminders(
    session: AsyncSession,
    caller: Caller,
    wanted: ReminderFilter,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[ReminderOfLoan]:
    """The longest due first; one more than `limit` where there is a next page."""
    require(caller, Act.READ_REMINDER)
    found = await reminders.page(session, caller.scope, wanted, after=after, limit=limit)
    return await _with_loans(session, caller, found)


async def count_reminders(session: AsyncSession, caller: Caller, wanted: ReminderFilter) -> int:
    require(caller, Act.READ_REMINDER)
    return await reminders.count(session, caller.scope, wanted)


async def _with_loans(session: AsyncSession, caller: Caller, found: list[Reminder]) -> list[ReminderOfLoan]:
    loans = await whole_loans.by_ids(session, {one.loan_id for one in found}, caller.scope)
    return [ReminderOfLoan(one, loans[one.loan_id]) for one in found]
