"""The conditions of decisions, and what lifted them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.officers import Officer
from services.loans.domain.condition import Condition, Lifting
from services.loans.persistence.tables import ConditionRow
from services.loans.persistence.wide_statements import in_array, insert_rows, table_of

CONDITIONS = table_of(ConditionRow)


async def add(session: AsyncSession, dossier: Mapping[str, Any], conditions: Sequence[Condition]) -> None:
    """`dossier`: the application's id, its region and its CAE."""
    await insert_rows(
        session,
        ConditionRow,
        (
            {
                **dossier,
                "id": condition.id,
                "rank": rank,
                "text": condition.text,
                "is_precedent": condition.is_precedent,
            }
            for rank, condition in enumerate(conditions, start=1)
        ),
    )


async def of_applications(
    session: AsyncSession, application_ids: Collection[UUID]
) -> dict[UUID, tuple[Condition, ...]]:
    """In the decision's order; an application without any is absent."""
    found = await session.execute(
        select(CONDITIONS)
        .where(in_array(CONDITIONS.c.application_id, application_ids))
        .order_by(CONDITIONS.c.application_id, CONDITIONS.c.rank)
    )
    conditions: defaultdict[UUID, tuple[Condition, ...]] = defaultdict(tuple)
    for row in found:
        conditions[row.application_id] += (_to_condition(row),)
    return dict(conditions)


async def save_lifting(session: AsyncSession, condition: Condition) -> None:
    """Under its application's lock."""
    lifting = condition.lifting
    if lifting is None:
        raise ValueError(f"condition {condition.id} is not lifted")
    await session.execute(
        update(CONDITIONS)
        .where(CONDITIONS.c.id == condition.id)
        .values(
            lifted_on=lifting.on,
            evidence=lifting.evidence,
            lifted_by_person=lifting.by.person,
            lifted_by_client=lifting.by.client,
            lifted_at=datetime.now(UTC),
        )
    )


def _to_condition(row: Row[Any]) -> Condition:
    lifting = None
    if row.lifted_on is not None:
        lifting = Lifting(row.lifted_on, row.evidence, Officer(row.lifted_by_client, row.lifted_by_person))
    return Condition(row.id, row.text, row.is_precedent, lifting)
