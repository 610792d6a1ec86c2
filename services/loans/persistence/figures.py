"""Kept figures: summed for the loans that a movement marked, after what they stood for was taken off."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.loans.domain.course import SUMMED, Sums
from services.loans.domain.figures import Change, SummedLoan, sum_up
from services.loans.persistence import borne_loans

Key = tuple[UUID, UUID, str, Siren | None, int, date]
"""Funder, fund, region, CAE, cohort, day."""

MARKED = text("""
    SELECT id FROM loans.loans WHERE figures_stale
     ORDER BY fund_id, disbursed_on, id LIMIT :most
       FOR NO KEY UPDATE SKIP LOCKED
""")
UNMARK = text("UPDATE loans.loans SET figures_stale = false WHERE id = ANY (CAST(:loan_ids AS uuid[]))")
SUMMED_FOR = text("""
    SELECT l.id, l.fund_id, l.region, extract(year FROM l.disbursed_on)::integer AS cohort,
           CAST(s.changes AS text) AS changes
      FROM loans.loan_figures s JOIN loans.loans l ON l.id = s.loan_id
     WHERE s.loan_id = ANY (CAST(:loan_ids AS uuid[]))
""")
REMEMBER = text("""
    INSERT INTO loans.loan_figures (loan_id, changes)
    SELECT id, CAST(changes AS json)
      FROM unnest(CAST(:loan_ids AS uuid[]), CAST(:changes AS text[])) AS summed (id, changes)
        ON CONFLICT (loan_id) DO UPDATE SET changes = excluded.changes
""")

_SUMMED_COLUMNS = ", ".join(SUMMED)
_MOVED = f"""
      FROM unnest(CAST(:funder_id AS uuid[]), CAST(:fund_id AS uuid[]), CAST(:region AS text[]),
                  CAST(:cae_siren AS text[]), CAST(:cohort AS smallint[]), CAST(:on_day AS date[]),
                  {", ".join(f"CAST(:{name} AS bigint[])" for name in SUMMED)})
           AS moved (funder_id, fund_id, region, cae_siren, cohort, on_day, {_SUMMED_COLUMNS})
     CROSS JOIN LATERAL (VALUES
           ('day', on_day),
           ('month', CAST(date_trunc('month', CAST(on_day AS timestamp)) AS date)),
           ('year', CAST(date_trunc('year', CAST(on_day AS timestamp)) AS date))) AS spanned (span, starts_on)
"""


def _keep(table: str, key: Sequence[str], others: Sequence[str], condition: str) -> TextClause:
    """In the order of the key: two that sum at once wait for each other, and never in a circle."""
    columns = ", ".join((*key, *others))
    sums = ", ".join(f"sum({name})" for name in SUMMED)
    added = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in SUMMED)
    return text(
        # Names come from our own tables, values are all bound.
        f"INSERT INTO loans.{table} AS kept ({columns}, {_SUMMED_COLUMNS})"
        f" SELECT {columns}, {sums} {_MOVED} WHERE {condition}"
        f" GROUP BY {columns} ORDER BY {', '.join(key)}"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}"
    )


KEEP = (
    _keep("funder_figures", ("funder_id", "span", "starts_on", "cohort"), ("region",), "true"),
    _keep(
        "cae_figures",
        ("cae_siren", "span", "starts_on", "funder_id", "cohort"),
        ("fund_id", "region"),
        "cae_siren IS NOT NULL",
    ),
)


async def sum_marked(session: AsyncSession, most: int) -> int:
    """How many loans were summed. Movements on them wait meanwhile: `most` bounds for how long."""
    loan_ids = list((await session.execute(MARKED, {"most": most})).scalars())
    if not loan_ids:
        return 0
    before = await summed_for(session, loan_ids)
    after = [sum_up(loan) for loan in await borne_loans.of_loans(session, loan_ids)]
    await _add(session, _moved(before, after))
    await session.execute(
        REMEMBER,
        {
            "loan_ids": [loan.loan_id for loan in after],
            "changes": [_encode(loan.changes) for loan in after],
        },
    )
    await session.execute(UNMARK, {"loan_ids": loan_ids})
    return len(loan_ids)


async def count_marked(session: AsyncSession) -> int:
    found = await session.execute(text("SELECT count(*) FROM loans.loans WHERE figures_stale"))
    return int(found.scalar_one())


async def forget_all(session: AsyncSession) -> None:
    """Nothing is kept and every loan is marked: what is read meanwhile is worked out loan by loan."""
    for table in ("funder_figures", "cae_figures", "loan_figures"):
        await session.execute(text(f"DELETE FROM loans.{table}"))  # noqa: S608 - our own tables
    await session.execute(text("UPDATE loans.loans SET figures_stale = true WHERE NOT figures_stale"))


async def summed_for(session: AsyncSession, loan_ids: Collection[UUID]) -> list[SummedLoan]:
    """What loans stand for in the kept figures; one that was never summed is absent."""
    found = await session.execute(SUMMED_FOR, {"loan_ids": list(loan_ids)})
    return [
        SummedLoan(row.id, row.fund_id, row.region, row.cohort, list(_decode(row.changes))) for row in found
    ]


async def _add(session: AsyncSession, moved: dict[Key, Sums]) -> None:
    if not moved:
        return
    names = ("funder_id", "fund_id", "region", "cae_siren", "cohort", "on_day")
    columns: dict[str, Any] = dict(zip(names, zip(*moved, strict=True), strict=True))
    columns |= dict(zip(SUMMED, zip(*moved.values(), strict=True), strict=True))
    values = {name: list(column) for name, column in columns.items()}
    for statement in KEEP:
        await session.execute(statement, values)


def _moved(before: Iterable[SummedLoan], after: Iterable[SummedLoan]) -> dict[Key, Sums]:
    """What differs, by day: of a loan that one repayment moved, a handful of days."""
    sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0] * len(SUMMED))
    for sign, loans in ((-1, before), (1, after)):
        for loan in loans:
            for change in loan.changes:
                key = (change.funder_id, loan.fund_id, loan.region, change.cae, loan.cohort, change.on)
                added = sums[key]
                for place, amount in enumerate(change.sums):
                    added[place] += sign * amount
    return {key: tuple(amounts) for key, amounts in sums.items() if any(amounts)}


def _encode(changes: Iterable[Change]) -> str:
    """By funder and CAE, each day as its ordinal before its sums: a third of what named fields take."""
    grouped: defaultdict[tuple[str, str | None], list[tuple[int, ...]]] = defaultdict(list)
    for change in changes:
        grouped[str(change.funder_id), change.cae].append((change.on.toordinal(), *change.sums))
    return orjson.dumps([[*key, days] for key, days in grouped.items()]).decode()


def _decode(kept: str) -> Iterable[Change]:
    for funder_id, cae, days in orjson.loads(kept):
        funder = UUID(funder_id)
        for ordinal, *sums in days:
            yield Change(funder, cae, date.fromordinal(ordinal), tuple(sums))
