"""The facts of loans beside their repayments, as they were recorded."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.life.facts import ChangeKind, Recovery, ScheduleChange, Tranche, TrancheEnd
from services.loans.persistence.tables import RecoveryRow, ScheduleChangeRow, TrancheEndRow, TrancheRow
from services.loans.persistence.wide_statements import in_array, table_of

TRANCHES = table_of(TrancheRow)
TRANCHE_ENDS = table_of(TrancheEndRow)
CHANGES = table_of(ScheduleChangeRow)
RECOVERIES = table_of(RecoveryRow)


async def tranches_of(session: AsyncSession, loan_ids: Sequence[UUID]) -> dict[UUID, tuple[Tranche, ...]]:
    tranches: defaultdict[UUID, list[Tranche]] = defaultdict(list)
    found = await session.execute(
        select(TRANCHES)
        .where(in_array(TRANCHES.c.loan_id, loan_ids))
        .order_by(TRANCHES.c.loan_id, TRANCHES.c.recorded_rank)
    )
    for row in found:
        tranches[row.loan_id].append(Tranche(row.id, row.amount_cents, row.disbursed_on, row.reference))
    return {loan_id: tuple(tranches[loan_id]) for loan_id in loan_ids}


async def tranche_ends_of(session: AsyncSession, loan_ids: Sequence[UUID]) -> dict[UUID, TrancheEnd]:
    if not loan_ids:
        return {}
    found = await session.execute(select(TRANCHE_ENDS).where(in_array(TRANCHE_ENDS.c.loan_id, loan_ids)))
    return {row.loan_id: TrancheEnd(row.ended_on, row.reason) for row in found}


async def changes_of(
    session: AsyncSession, loan_ids: Sequence[UUID]
) -> dict[UUID, tuple[ScheduleChange, ...]]:
    changes: defaultdict[UUID, list[ScheduleChange]] = defaultdict(list)
    found = await session.execute(
        select(CHANGES)
        .where(in_array(CHANGES.c.loan_id, loan_ids))
        .order_by(CHANGES.c.loan_id, CHANGES.c.recorded_rank)
    )
    for row in found:
        changes[row.loan_id].append(
            ScheduleChange(
                id=row.id,
                loan_id=row.loan_id,
                kind=ChangeKind(row.kind),
                on=row.effective_on,
                reason=row.reason,
                months=row.months,
                noticed_on=row.noticed_on,
                is_plan=row.is_plan,
            )
        )
    return {loan_id: tuple(changes[loan_id]) for loan_id in loan_ids}


async def recoveries_of(session: AsyncSession, loan_ids: Sequence[UUID]) -> dict[UUID, list[Recovery]]:
    recoveries: defaultdict[UUID, list[Recovery]] = defaultdict(list)
    if loan_ids:
        found = await session.execute(
            select(RECOVERIES)
            .where(in_array(RECOVERIES.c.loan_id, loan_ids))
            .order_by(RECOVERIES.c.created_at, RECOVERIES.c.id)
        )
        for row in found:
            recoveries[row.loan_id].append(
                Recovery(row.id, row.loan_id, row.amount_cents, row.received_on, row.reference)
            )
    return recoveries
