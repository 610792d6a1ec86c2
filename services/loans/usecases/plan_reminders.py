"""An operator sets, from a date on, what precedes and follows the due dates of a fund's loans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import require_order
from services.kernel.date_fields import DateField
from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.domain.reminders import ReminderPlan, ReminderStep, check_steps
from services.loans.persistence import funds, reminder_plans
from services.loans.usecases.facts import Values, fund_dossier
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True)
class PlanReminders:
    fund_id: UUID
    valid_from: date
    notice_days: int
    steps: Sequence[ReminderStep]


async def plan_reminders(session: AsyncSession, caller: Caller, order: PlanReminders) -> ReminderPlan:
    """In the place of the plan of the same date, if there is one. Days that were closed stay as they are."""
    require(caller, Act.PLAN_REMINDERS)
    fund = await funds.find(session, order.fund_id, caller.scope)
    require_order(DateField.OPENED_ON, fund.opened_on, DateField.VALID_FROM, order.valid_from)
    before = (await reminder_plans.of_funds(session, [fund.id]))[fund.id]
    plan = ReminderPlan(fund.id, fund.region, order.valid_from, order.notice_days, check_steps(order.steps))
    await reminder_plans.put(session, plan)
    replaced = [one for one in before if one.valid_from == plan.valid_from]
    tell(
        session,
        Fact(
            fund_dossier(fund),
            Act.PLAN_REMINDERS,
            LoansEvent.FUND_REMINDERS_PLANNED,
            before=_values(replaced[0]) if replaced else {},
            after=_values(plan),
        ),
    )
    return plan


async def read_plans(session: AsyncSession, caller: Caller, fund_id: UUID) -> list[ReminderPlan]:
    """From the first."""
    require(caller, Act.READ_REMINDER_PLAN)
    fund = await funds.find(session, fund_id, caller.scope)
    return (await reminder_plans.of_funds(session, [fund.id]))[fund.id]


def _values(plan: ReminderPlan) -> Values:
    return {
        "valid_from": plan.valid_from,
        "notice_days": plan.notice_days,
        "steps": [{"days": step.days, "channel": step.channel} for step in plan.steps],
    }
