"""Answers kept for idempotency hold what the dossier holds: they go with it, before their own time."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.privacy.personal_data import Category
from services.runtime.privacy.personal_dossiers import Ended, Holder, ended_among
from services.runtime.privacy.purge import Report, periods_in_force
from services.runtime.privacy.retention import Periods

ANSWERS_AT_ONCE = 200
FIRST_KEY = ("", "", "", "")

# The ids that a call names or was answered: in its path, or in the answer itself.
_IDS = """
    ARRAY(SELECT DISTINCT CAST(found[1] AS uuid) FROM regexp_matches(
        path || ' ' || convert_from(coalesce(answer, ''), 'UTF8'),
        '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'g') AS found)
"""


async def purge_answers(holder: Holder, report: Report, *, today: date, is_dry_run: bool) -> None:
    """Those that tell of a dossier of which anything at all is past its period."""
    periods = await periods_in_force(holder, today)
    after: Sequence[str] = FIRST_KEY
    while True:
        async with holder.database.of_all_tenants(read_only=is_dry_run) as session:
            rows = await _next(session, holder.service, after, is_dry_run=is_dry_run)
            past = await _past(session, holder, {one for row in rows for one in row.ids}, periods, today)
            gone = [(row, told) for row in rows if (told := [past[one] for one in row.ids if one in past])]
            if not is_dry_run:
                await _remove(session, holder.service, [row for row, _ in gone])
        table = f"{holder.service}.idempotency_keys"
        report.add(holder.service, Category.ANSWER, table, [told[0] for _, told in gone])
        if len(rows) < ANSWERS_AT_ONCE:
            return
        after = tuple(rows[-1])[:4]


async def answers_about(session: AsyncSession, service: str, ids: Sequence[UUID]) -> list[dict[str, object]]:
    """That they exist, and until when: what they hold is in the dossier."""
    query = text(f"""
        SELECT method, path, created_at FROM {service}.idempotency_keys
         WHERE {_IDS} && CAST(:ids AS uuid[]) ORDER BY created_at
    """)  # noqa: S608 - a schema and columns of ours
    return [dict(row._mapping) for row in await session.execute(query, {"ids": list(ids)})]  # noqa: SLF001


async def _next(
    session: AsyncSession, service: str, after: Sequence[str], *, is_dry_run: bool
) -> Sequence[Row[Any]]:
    lock = "" if is_dry_run else "FOR UPDATE SKIP LOCKED"
    query = text(f"""
        SELECT client, method, path, key, {_IDS} AS ids FROM {service}.idempotency_keys
         WHERE (client, method, path, key) > (:client, :method, :path, :key)
         ORDER BY client, method, path, key LIMIT :limit {lock}
    """)  # noqa: S608
    key = dict(zip(("client", "method", "path", "key"), after, strict=True))
    return (await session.execute(query, {**key, "limit": ANSWERS_AT_ONCE})).all()


async def _past(
    session: AsyncSession, holder: Holder, ids: set[UUID], periods: Periods, today: date
) -> dict[UUID, Ended]:
    past: dict[UUID, Ended] = {}
    for kind in holder.kinds:
        for dossier in (await ended_among(session, kind, sorted(ids))).values():
            over = [
                period.is_over(dossier.ended_on, today)
                for (_, ending), period in periods.items()
                if ending is dossier.ending
            ]
            if any(over):
                past[dossier.id] = dossier
    return past


async def _remove(session: AsyncSession, service: str, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    query = text(f"""
        DELETE FROM {service}.idempotency_keys AS held
         USING unnest(CAST(:clients AS text[]), CAST(:methods AS text[]), CAST(:paths AS text[]),
                      CAST(:keys AS text[])) AS gone (client, method, path, key)
         WHERE (held.client, held.method, held.path, held.key)
               = (gone.client, gone.method, gone.path, gone.key)
    """)  # noqa: S608
    clients, methods, paths, keys = zip(*(row[:4] for row in rows), strict=True)
    given = {"clients": clients, "methods": methods, "paths": paths, "keys": keys}
    await session.execute(query, {name: list(values) for name, values in given.items()})
