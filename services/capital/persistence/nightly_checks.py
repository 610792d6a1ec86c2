"""What was found each night: one row for each day, whoever of the workers comes first."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.nightly_checks import NightlyCheck
from services.capital.persistence.tables import nightly_checks
from services.kernel.ledger_proof import Difference


async def is_done(session: AsyncSession, day: date) -> bool:
    query = select(nightly_checks.c.checked_on).where(nightly_checks.c.checked_on == day)
    return (await session.execute(query)).one_or_none() is not None


async def add(session: AsyncSession, check: NightlyCheck) -> bool:
    """False where another worker said it before."""
    statement = (
        insert(nightly_checks)
        .values(
            checked_on=check.checked_on,
            checked_at=check.checked_at,
            counters=check.counters,
            awards=check.awards,
            differences=[asdict(difference) for difference in check.differences],
        )
        .on_conflict_do_nothing(index_elements=["checked_on"])
        .returning(nightly_checks.c.checked_on)
    )
    return (await session.execute(statement)).one_or_none() is not None


async def page(session: AsyncSession, *, before: date | None, limit: int) -> Sequence[NightlyCheck]:
    """The latest first, one more than `limit` where there is a next page."""
    query = select(nightly_checks).order_by(nightly_checks.c.checked_on.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(nightly_checks.c.checked_on < before)
    return [_to_check(row) for row in await session.execute(query)]


async def count(session: AsyncSession) -> int:
    return int((await session.execute(select(func.count()).select_from(nightly_checks))).scalar_one())


def _to_check(row: Row[Any]) -> NightlyCheck:
    return NightlyCheck(
        checked_on=row.checked_on,
        checked_at=row.checked_at,
        counters=row.counters,
        awards=row.awards,
        differences=tuple(Difference(**found) for found in row.differences),
    )
