"""The sums behind the indicators, on any date, for any part of what a caller sees.

Kept figures up to the date, and exactly what they are behind on. A statement reads some thousands of rows at
most, whatever the number of loans; a reader needs no worker to be right.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from operator import add
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.calendar import add_months
from services.loans.domain.course import NOTHING, SUMMED, Sums, as_sums
from services.loans.domain.figures import Span, Stretch, stretches_to
from services.loans.domain.indicators import PortfolioSums
from services.loans.domain.repayment_curve import months_between
from services.loans.persistence.narrowing import Narrowing
from services.loans.persistence.stale_figures import Correction, corrections


class Group(StrEnum):
    """What figures are told apart by."""

    NOTHING = "nothing"
    REGION = "region"
    FUND = "fund"
    CAE = "cae"
    COHORT = "cohort"
    FUNDER = "funder"
    FUNDER_OF_FUND = "funder_of_fund"
    MONTH = "month"


_COLUMNS = {
    Group.NOTHING: "0",
    Group.COHORT: "k.cohort",
    Group.MONTH: "k.starts_on",
    Group.CAE: "k.cae_siren",
    Group.FUNDER_OF_FUND: "k.funder_id",
}
_KEYS: dict[Group, Callable[[Correction], Any]] = {
    Group.NOTHING: lambda _: 0,
    Group.REGION: lambda correction: correction.region,
    Group.FUND: lambda correction: correction.fund_id,
    Group.CAE: lambda correction: correction.cae,
    Group.COHORT: lambda correction: correction.cohort,
    Group.FUNDER: lambda correction: correction.funder,
    Group.FUNDER_OF_FUND: lambda correction: correction.funder_id,
}
_OF_ONE_FUNDER = (Group.FUNDER, Group.FUNDER_OF_FUND)
_STRETCHES = """
    unnest(CAST(:spans AS text[]), CAST(:firsts AS date[]), CAST(:lasts AS date[])) AS s (span, first, last)
"""
# OFFSET 0 has each stretch of each funder, or CAE, found by the key: joined at large, a whole table is read.
_OF_FUNDERS = """
    CROSS JOIN loans.funders f CROSS JOIN LATERAL (
        SELECT * FROM loans.funder_figures
         WHERE funder_id = f.id AND span = s.span AND starts_on BETWEEN s.first AND s.last OFFSET 0) k
"""
_OF_CAES = """
    CROSS JOIN unnest(CAST(:caes AS text[])) AS c (siren) CROSS JOIN LATERAL (
        SELECT * FROM loans.cae_figures
         WHERE cae_siren = c.siren AND span = s.span AND starts_on BETWEEN s.first AND s.last OFFSET 0) k
"""


@lru_cache(maxsize=256)
def _kept(group: Group, narrowed_by: frozenset[str], *, is_of_caes: bool) -> TextClause:
    """Only conditions that narrow. A CAE sees no funder: they are joined where one is asked for."""
    names_funders = "funders" in narrowed_by or group is Group.FUNDER
    if is_of_caes:
        source, fund, region = _OF_CAES, "k.fund_id", "k.region"
        if names_funders:
            source += " JOIN loans.funders f ON f.id = k.funder_id"
    else:
        source, fund, region = _OF_FUNDERS, "f.fund_id", "f.region"
    possible = {
        "regions": f"{region} = ANY (CAST(:regions AS text[]))",
        "fund_ids": f"{fund} = ANY (CAST(:fund_ids AS uuid[]))",
        "cohorts": "k.cohort = ANY (CAST(:cohorts AS integer[]))",
        "funders": "f.siren = ANY (CAST(:funders AS text[]))",
    }
    where = " AND ".join(condition for name, condition in possible.items() if name in narrowed_by) or "true"
    column = {Group.FUND: fund, Group.FUNDER: "f.siren", Group.REGION: region}.get(group) or _COLUMNS[group]
    sums = ", ".join(f"sum(k.{name}) AS {name}" for name in SUMMED)
    return text(
        # Names are our own, values all bound.
        f"SELECT {column} AS grouped_by, {sums} FROM {_STRETCHES} {source} WHERE {where} GROUP BY 1"  # noqa: S608
    )


async def sums(session: AsyncSession, scope: Scope, narrowing: Narrowing, *, as_of: date) -> PortfolioSums:
    found = await sums_by(session, Group.NOTHING, scope, narrowing, as_of=as_of)
    return found.get(0, PortfolioSums())


async def sums_by(
    session: AsyncSession, group: Group, scope: Scope, narrowing: Narrowing, *, as_of: date
) -> dict[Any, PortfolioSums]:
    """By one query; what has no loan is absent. By CAE, of those named alone.

    A funder's are the sums of its own part of each loan.
    """
    within = narrowing.within(scope)
    added: defaultdict[Any, Sums] = defaultdict(lambda: NOTHING)
    for key, kept in await _kept_by(session, group, within, stretches_to(as_of)):
        added[key] = kept
    by_funder = within.funders is not None or group in _OF_ONE_FUNDER
    key_of = _KEYS[group]
    async for correction in corrections(session, within, [as_of], by_funder=by_funder):
        key = key_of(correction)
        added[key] = tuple(map(add, added[key], correction.sums))
    return {key: as_sums(amounts) for key, amounts in added.items() if any(amounts)}


async def sums_at_month_ends(
    session: AsyncSession, scope: Scope, narrowing: Narrowing, *, first: date, last: date
) -> list[PortfolioSums]:
    """On the eve of the month of `first`, then on the last day of each month to that of `last`."""
    within = narrowing.within(scope)
    months = list(months_between(first, last))
    days = [month - timedelta(days=1) for month in (*months, add_months(months[-1], 1))]
    added = [NOTHING] * len(days)
    stretches = [*stretches_to(days[0]), Stretch(Span.MONTH, months[0], months[-1])]
    for month, kept in await _kept_by(session, Group.MONTH, within, stretches):
        place = bisect_right(months, month)
        added[place] = tuple(map(add, added[place], kept))
    added = list(accumulate(added, lambda before, changed: tuple(map(add, before, changed))))
    by_funder = within.funders is not None
    async for correction in corrections(session, within, days, by_funder=by_funder):
        added[correction.place] = tuple(map(add, added[correction.place], correction.sums))
    return [as_sums(amounts) for amounts in added]


async def _kept_by(
    session: AsyncSession, group: Group, narrowing: Narrowing, stretches: Sequence[Stretch]
) -> list[tuple[Any, Sums]]:
    values = narrowing.values
    narrowed_by = frozenset(name for name, given in values.items() if given is not None)
    statement = _kept(group, narrowed_by, is_of_caes=narrowing.caes is not None)
    asked = {name: values[name] for name in narrowed_by}
    asked |= {
        "spans": [stretch.span.value for stretch in stretches],
        "firsts": [stretch.first for stretch in stretches],
        "lasts": [stretch.last for stretch in stretches],
    }
    return [(key, tuple(map(int, kept))) for key, *kept in await session.execute(statement, asked)]
