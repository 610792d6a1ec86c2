"""The sums behind the indicators, on any date, for any part of what a caller sees.

Kept figures up to the date, and exactly what they are behind on, by one statement, which the driver sends. It
reads some thousands of rows at most, whatever the number of loans; a reader needs no worker to be right.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from operator import add
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.calendar import add_months
from services.loans.domain.course import NOTHING, SUMMED, Sums, as_sums
from services.loans.domain.figures import Span, Stretch, stretches_to
from services.loans.domain.indicators import PortfolioSums
from services.loans.domain.repayment_curve import months_between
from services.loans.persistence.borne_loans import STALE
from services.loans.persistence.narrowing import Narrowing
from services.loans.persistence.stale_figures import Correction, asked_of_the_first, corrections
from services.runtime.database.connection import fetch


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
# What tells where a kept figure is comes after the eight parameters of what figures are behind on.
_STRETCHES = "unnest($9::text[], $10::date[], $11::date[]) AS s (span, first, last)"
# OFFSET 0 has each stretch of each funder, or CAE, found by the key: joined at large, a whole table is read.
_OF_FUNDERS = """
    CROSS JOIN loans.funders f CROSS JOIN LATERAL (
        SELECT * FROM loans.funder_figures
         WHERE funder_id = f.id AND span = s.span AND starts_on BETWEEN s.first AND s.last OFFSET 0) k
"""
_OF_CAES = """
    CROSS JOIN unnest($3::text[]) AS c (siren) CROSS JOIN LATERAL (
        SELECT * FROM loans.cae_figures
         WHERE cae_siren = c.siren AND span = s.span AND starts_on BETWEEN s.first AND s.last OFFSET 0) k
"""
_SUMS = ", ".join(f"CAST(sum(k.{name}) AS bigint)" for name in SUMMED)
_NO_SUMS = ", ".join(["NULL"] * len(SUMMED))


@lru_cache(maxsize=256)
def _statement(group: Group, narrowed_by: frozenset[str], *, is_of_caes: bool) -> str:
    """A row for each group, then one for each loan that they are behind on.

    Only conditions that narrow. A CAE sees no funder: they are joined where one is asked for.
    """
    names_funders = "funders" in narrowed_by or group is Group.FUNDER
    if is_of_caes:
        source, fund, region = _OF_CAES, "k.fund_id", "k.region"
        if names_funders:
            source += " JOIN loans.funders f ON f.id = k.funder_id"
    else:
        source, fund, region = _OF_FUNDERS, "f.fund_id", "f.region"
    possible = {
        "regions": f"{region} = ANY ($1::text[])",
        "fund_ids": f"{fund} = ANY ($2::uuid[])",
        "cohorts": "k.cohort = ANY ($4::integer[])",
        "funders": "f.siren = ANY ($5::text[])",
    }
    where = " AND ".join(condition for name, condition in possible.items() if name in narrowed_by) or "true"
    column = {Group.FUND: fund, Group.FUNDER: "f.siren", Group.REGION: region}.get(group) or _COLUMNS[group]
    return (
        # Names are our own, values all bound.
        f"SELECT {column}, {_SUMS}, (CAST(NULL AS loans.facts_of_loan)).* FROM {_STRETCHES} {source}"  # noqa: S608
        f" WHERE {where} GROUP BY 1 UNION ALL SELECT NULL, {_NO_SUMS}, behind.* FROM {STALE} AS behind"
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
    by_funder = within.funders is not None or group in _OF_ONE_FUNDER
    borne_on = as_of if by_funder else None
    kept, behind = await _read(session, group, within, stretches_to(as_of), borne_on)
    added: defaultdict[Any, Sums] = defaultdict(lambda: NOTHING, kept)
    key_of = _KEYS[group]
    async for correction in corrections(session, within, [as_of], behind, borne_on=borne_on):
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
    borne_on = days[0] if within.funders is not None else None
    kept, behind = await _read(session, Group.MONTH, within, stretches, borne_on)
    for month, sums_of_month in kept:
        place = bisect_right(months, month)
        added[place] = tuple(map(add, added[place], sums_of_month))
    added = list(accumulate(added, lambda before, changed: tuple(map(add, before, changed))))
    async for correction in corrections(session, within, days, behind, borne_on=borne_on):
        added[correction.place] = tuple(map(add, added[correction.place], correction.sums))
    return [as_sums(amounts) for amounts in added]


class _Found(NamedTuple):
    """What is kept under each key, and the rows of the first loans that it is behind on."""

    kept: list[tuple[Any, Sums]]
    behind: list[Any]


async def _read(
    session: AsyncSession,
    group: Group,
    narrowing: Narrowing,
    stretches: Sequence[Stretch],
    borne_on: date | None,
) -> _Found:
    values = narrowing.values
    narrowed_by = frozenset(name for name, given in values.items() if given is not None)
    rows = await fetch(
        session,
        _statement(group, narrowed_by, is_of_caes=narrowing.caes is not None),
        *asked_of_the_first(narrowing, borne_on),
        [stretch.span.value for stretch in stretches],
        [stretch.first for stretch in stretches],
        [stretch.last for stretch in stretches],
    )
    kept = [(row[0], row[1 : 1 + len(SUMMED)]) for row in rows if row["loan_id"] is None]
    return _Found(kept, [row for row in rows if row["loan_id"] is not None])
