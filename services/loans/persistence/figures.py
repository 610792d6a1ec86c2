"""Kept figures: summed for the loans that a movement marked, after what they stood for was taken off."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from operator import add, sub
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.loans.domain.course import NOTHING, SUMMED, Sums
from services.loans.domain.figures import Change, SummedLoan, sum_up
from services.loans.persistence import borne_loans
from services.loans.persistence.borne_loans import FoundLoan

Whose = tuple[UUID, UUID, str, int, Siren | None]
"""Funder, fund, region, cohort, CAE."""

Moved = dict[Whose, dict[date, Sums]]

MARKED_FUNDS = """
    SELECT id FROM (
        SELECT f.id FROM loans.funds f
         WHERE EXISTS (SELECT FROM loans.loans l WHERE l.fund_id = f.id AND l.figures_stale)
         ORDER BY f.id OFFSET 0) marked
"""
# Two that sum in one fund wait for each other on its rows: each takes a fund of its own while there is one.
HELD = "pg_try_advisory_xact_lock(hashtext('figures of a fund'), hashtext(CAST(id AS text)))"
FREE_FUND = text(f"{MARKED_FUNDS} WHERE {HELD} LIMIT 1")
ANY_FUND = text(f"{MARKED_FUNDS} LIMIT 1")
MARKED = text("""
    SELECT id FROM loans.loans WHERE figures_stale AND fund_id = :fund_id
     ORDER BY fund_id, disbursed_on, id LIMIT :most
       FOR NO KEY UPDATE SKIP LOCKED
""")
UNMARK = text("UPDATE loans.loans SET figures_stale = false WHERE id = ANY (CAST(:loan_ids AS uuid[]))")
REMEMBER = text("""
    INSERT INTO loans.loan_figures (loan_id, changes)
    SELECT id, CAST(changes AS json)
      FROM unnest(CAST(:loan_ids AS uuid[]), CAST(:changes AS text[])) AS summed (id, changes)
        ON CONFLICT (loan_id) DO UPDATE SET changes = excluded.changes
""")

_SUMS = ", ".join(SUMMED)
_ADDED_UP = ", ".join(f"CAST(sum({name}) AS bigint)" for name in SUMMED)
# Numbers come as the text of an array: the driver looks twice at each value of a list.
_MOVED = f"""
    WITH moved (place, on_day, {_SUMS}) AS MATERIALIZED (
        SELECT place, DATE '0001-01-01' + day - 1, {_SUMS}
          FROM unnest(CAST(CAST(:place AS text) AS integer[]), CAST(CAST(:day AS text) AS integer[]),
                      {", ".join(f"CAST(CAST(:{name} AS text) AS bigint[])" for name in SUMMED)})
               AS m (place, day, {_SUMS})
    ), spanned (place, span, starts_on, {_SUMS}) AS (
        SELECT place, 'day', on_day, {_SUMS} FROM moved
         UNION ALL
        SELECT place, 'month', CAST(date_trunc('month', CAST(on_day AS timestamp)) AS date), {_ADDED_UP}
          FROM moved GROUP BY 1, 2, 3
         UNION ALL
        SELECT place, 'year', CAST(date_trunc('year', CAST(on_day AS timestamp)) AS date), {_ADDED_UP}
          FROM moved GROUP BY 1, 2, 3
    ), whose AS (
        SELECT *
          FROM unnest(CAST(:funder_id AS uuid[]), CAST(:fund_id AS uuid[]), CAST(:region AS text[]),
                      CAST(:cohort AS smallint[]), CAST(:cae_siren AS text[]))
               WITH ORDINALITY AS w (funder_id, fund_id, region, cohort, cae_siren, place)
    )
"""  # noqa: S608 - names come from our own tables, values are all bound


def _keep(table: str, key: Sequence[str], others: Sequence[str]) -> TextClause:
    """In the order of the key: two that sum at once wait for each other, and never in a circle."""
    columns = ", ".join((*key, *others))
    added = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in SUMMED)
    return text(
        # Names come from our own tables, values are all bound.
        f"{_MOVED} INSERT INTO loans.{table} AS kept ({columns}, {_SUMS})"  # noqa: S608
        f" SELECT {columns}, {_SUMS} FROM spanned JOIN whose USING (place)"
        f" ORDER BY {', '.join(key)}"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}"
    )


KEEP_OF_FUNDERS = _keep("funder_figures", ("funder_id", "span", "starts_on", "cohort"), ("region",))
KEEP_OF_CAES = _keep(
    "cae_figures", ("cae_siren", "span", "starts_on", "funder_id", "cohort"), ("fund_id", "region")
)


async def sum_marked(session: AsyncSession, most: int) -> int:
    """How many loans were summed. Movements on them wait meanwhile: `most` bounds for how long."""
    loan_ids = await _take_marked(session, most)
    if not loan_ids:
        return 0
    found = await borne_loans.of_loans(session, loan_ids)
    after = [sum_up(one.loan) for one in found]
    moved = _moved([one for one in map(summed_before, found) if one is not None], after)
    await _add(session, KEEP_OF_FUNDERS, _whatever_cae(moved))
    await _add(session, KEEP_OF_CAES, {whose: by_day for whose, by_day in moved.items() if whose[-1]})
    await session.execute(
        REMEMBER,
        {
            "loan_ids": [loan.loan_id for loan in after],
            "changes": [_encode(loan.changes) for loan in after],
        },
    )
    await session.execute(UNMARK, {"loan_ids": loan_ids})
    return len(loan_ids)


async def _take_marked(session: AsyncSession, most: int) -> list[UUID]:
    fund_id = await session.scalar(FREE_FUND) or await session.scalar(ANY_FUND)
    if fund_id is None:
        return []
    return list(await session.scalars(MARKED, {"fund_id": fund_id, "most": most}))


async def count_marked(session: AsyncSession) -> int:
    found = await session.execute(text("SELECT count(*) FROM loans.loans WHERE figures_stale"))
    return int(found.scalar_one())


async def forget_all(session: AsyncSession) -> None:
    """Nothing is kept and every loan is marked: what is read meanwhile is worked out loan by loan."""
    for table in ("funder_figures", "cae_figures", "loan_figures"):
        await session.execute(text(f"DELETE FROM loans.{table}"))  # noqa: S608 - our own tables
    await session.execute(text("UPDATE loans.loans SET figures_stale = true WHERE NOT figures_stale"))


def summed_before(found: FoundLoan) -> SummedLoan | None:
    """What a loan stands for in the kept figures; None if it was never summed."""
    if found.summed_for is None:
        return None
    loan, changes = found.loan, list(_decode(found.summed_for))
    return SummedLoan(loan.loan_id, loan.fund_id, loan.region, loan.cohort, changes)


def standings_before(
    found: FoundLoan, days: Sequence[date]
) -> Iterator[tuple[UUID, Siren | None, list[Sums]]]:
    """What it stands for in the kept figures on some days, in order, by funder and CAE."""
    if found.summed_for is None:
        return
    until = [day.toordinal() for day in days]
    for funder_id, cae, changes in orjson.loads(found.summed_for):
        standings, sums, start = [], NOTHING, 0
        ordinals = [change[0] for change in changes]
        for ordinal in until:
            end = bisect_right(ordinals, ordinal)
            if end > start:
                _, *added = map(sum, zip(*changes[start:end], strict=True))
                sums, start = tuple(map(add, sums, added)), end
            standings.append(sums)
        yield UUID(funder_id), cae, standings


async def _add(session: AsyncSession, statement: TextClause, moved: Moved) -> None:
    if not moved:
        return
    names = ("funder_id", "fund_id", "region", "cohort", "cae_siren")
    values: dict[str, Any] = {
        name: list(column) for name, column in zip(names, zip(*moved, strict=True), strict=True)
    }
    rows = [
        (place, day.toordinal(), *sums)
        for place, by_day in enumerate(moved.values(), start=1)
        for day, sums in by_day.items()
    ]
    for name, column in zip(("place", "day", *SUMMED), zip(*rows, strict=True), strict=True):
        values[name] = f"{{{orjson.dumps(column).decode()[1:-1]}}}"
    await session.execute(statement, values)


def _moved(before: Iterable[SummedLoan], after: Iterable[SummedLoan]) -> Moved:
    """What differs, by day: of a loan that one repayment moved, a handful of days."""
    moved: defaultdict[Whose, dict[date, Sums]] = defaultdict(dict)
    for sign, loans in ((sub, before), (add, after)):
        for loan in loans:
            for funder_id, cae, on, sums in loan.changes:
                by_day = moved[funder_id, loan.fund_id, loan.region, loan.cohort, cae]
                by_day[on] = tuple(map(sign, by_day.get(on, NOTHING), sums))
    return _that_differ(moved)


def _whatever_cae(moved: Moved) -> Moved:
    """A borrower who goes from one to another changes nothing of the funders' figures."""
    of_funders: defaultdict[Whose, dict[date, Sums]] = defaultdict(dict)
    for (funder_id, fund_id, region, cohort, _), by_day in moved.items():
        whole = of_funders[funder_id, fund_id, region, cohort, None]
        for day, sums in by_day.items():
            whole[day] = tuple(map(add, whole[day], sums)) if day in whole else sums
    return _that_differ(of_funders)


def _that_differ(moved: Moved) -> Moved:
    left = {
        whose: {day: sums for day, sums in by_day.items() if any(sums)} for whose, by_day in moved.items()
    }
    return {whose: by_day for whose, by_day in left.items() if by_day}


def _encode(changes: Iterable[Change]) -> str:
    """By funder and CAE, each day as its ordinal before its sums: a third of what named fields take."""
    grouped: defaultdict[tuple[UUID, str | None], list[tuple[int, ...]]] = defaultdict(list)
    for funder_id, cae, on, sums in changes:
        grouped[funder_id, cae].append((on.toordinal(), *sums))
    return orjson.dumps([[str(funder_id), cae, days] for (funder_id, cae), days in grouped.items()]).decode()


def _decode(kept: str) -> Iterable[Change]:
    for funder_id, cae, days in orjson.loads(kept):
        funder = UUID(funder_id)
        for ordinal, *sums in days:
            yield Change(funder, cae, date.fromordinal(ordinal), tuple(sums))
