"""The dated plans of funds: what precedes and follows a due date."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.reminders import Channel, ReminderPlan, ReminderStep
from services.loans.persistence.tables import ReminderPlanRow, ReminderStepRow
from services.loans.persistence.wide_statements import in_array, insert_rows, table_of

PLANS = table_of(ReminderPlanRow)
STEPS = table_of(ReminderStepRow)


async def put(session: AsyncSession, plan: ReminderPlan) -> None:
    """In the place of the plan of that day, if there is one."""
    kept = insert(PLANS).values(
        fund_id=plan.fund_id, valid_from=plan.valid_from, region=plan.region, notice_days=plan.notice_days
    )
    await session.execute(
        kept.on_conflict_do_update(
            index_elements=[PLANS.c.fund_id, PLANS.c.valid_from],
            set_={"notice_days": kept.excluded.notice_days},
        )
    )
    await session.execute(
        delete(STEPS).where(STEPS.c.fund_id == plan.fund_id, STEPS.c.valid_from == plan.valid_from)
    )
    await insert_rows(
        session,
        ReminderStepRow,
        (
            {
                "fund_id": plan.fund_id,
                "valid_from": plan.valid_from,
                "days": step.days,
                "region": plan.region,
                "channel": step.channel.value,
                "label": step.label,
            }
            for step in plan.steps
        ),
    )


async def longest_notice_days(session: AsyncSession, region: str) -> int:
    """The most that any plan of a region's funds, past or to come, announces a due date before it."""
    query = select(func.max(PLANS.c.notice_days)).where(PLANS.c.region == region)
    return int((await session.execute(query)).scalar_one() or 0)


async def of_funds(session: AsyncSession, fund_ids: Collection[UUID]) -> dict[UUID, list[ReminderPlan]]:
    """Oldest first; every fund asked for is a key."""
    steps: defaultdict[tuple[UUID, object], list[ReminderStep]] = defaultdict(list)
    found = await session.execute(
        select(STEPS).where(in_array(STEPS.c.fund_id, fund_ids)).order_by(STEPS.c.fund_id, STEPS.c.days)
    )
    for row in found:
        steps[row.fund_id, row.valid_from].append(ReminderStep(row.days, Channel(row.channel), row.label))
    plans: dict[UUID, list[ReminderPlan]] = {fund_id: [] for fund_id in fund_ids}
    found = await session.execute(
        select(PLANS).where(in_array(PLANS.c.fund_id, fund_ids)).order_by(PLANS.c.fund_id, PLANS.c.valid_from)
    )
    for row in found:
        plans[row.fund_id].append(
            ReminderPlan(
                row.fund_id,
                row.region,
                row.valid_from,
                row.notice_days,
                tuple(steps[row.fund_id, row.valid_from]),
            )
        )
    return plans
