"""The kept figures, compared with the facts and the journal that they are summed from."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.ledger_proof import Difference
from services.loans.domain.course import SUMMED
from services.loans.domain.figures import SummedLoan, sum_up
from services.loans.persistence import borne_loans, figures

LOANS_AT_ONCE = 500
MOST_DIFFERENCES = 100

Key = tuple[str, str, date]
"""Table and span, whose figures, the day on which the span starts."""

Sums = dict[Key, list[int]]

COHORTS = text("""
    SELECT fund_id, extract(year FROM disbursed_on)::integer AS cohort FROM loans.loans
     UNION
    SELECT f.fund_id, k.cohort FROM loans.funder_figures k JOIN loans.funders f ON f.id = k.funder_id
     UNION
    SELECT fund_id, cohort FROM loans.cae_figures
""")
LOANS = text("""
    SELECT id, figures_stale FROM loans.loans
     WHERE fund_id = :fund_id AND disbursed_on BETWEEN make_date(:cohort, 1, 1) AND make_date(:cohort, 12, 31)
""")
_COLUMNS = ", ".join(SUMMED)
# Names come from our own tables, values are all bound.
KEPT: dict[str, TextClause] = {
    "funder": text(
        f"SELECT k.funder_id::text AS whose, span, starts_on, {_COLUMNS} FROM loans.funder_figures k"  # noqa: S608
        " JOIN loans.funders f ON f.id = k.funder_id WHERE f.fund_id = :fund_id AND k.cohort = :cohort"
    ),
    "cae": text(
        f"SELECT funder_id || ' ' || cae_siren AS whose, span, starts_on, {_COLUMNS}"  # noqa: S608
        " FROM loans.cae_figures WHERE fund_id = :fund_id AND cohort = :cohort"
    ),
}


async def differences(session: AsyncSession) -> list[Difference]:
    """Fund by fund and year by year, which bounds the memory. A loan still to be summed stands as it was."""
    found: list[Difference] = []
    for row in (await session.execute(COHORTS)).all():
        async for difference in _of_cohort(session, row.fund_id, row.cohort):
            found.append(difference)
            if len(found) == MOST_DIFFERENCES:
                return found
    return found


async def _of_cohort(session: AsyncSession, fund_id: UUID, cohort: int) -> AsyncIterator[Difference]:
    asked = {"fund_id": fund_id, "cohort": cohort}
    loans = (await session.execute(LOANS, asked)).all()
    expected: Sums = defaultdict(lambda: [0] * len(SUMMED))
    for start in range(0, len(loans), LOANS_AT_ONCE):
        part = loans[start : start + LOANS_AT_ONCE]
        stale = {row.id for row in part if row.figures_stale}
        found = await borne_loans.of_loans(session, [row.id for row in part])
        kept = {one.loan.loan_id: before for one in found if (before := figures.summed_before(one))}
        fresh = [sum_up(one.loan) for one in found if one.loan.loan_id not in stale]
        for difference in _not_as_remembered(fresh, kept):
            yield difference
        for loan in (*fresh, *(kept[loan_id] for loan_id in stale if loan_id in kept)):
            _add(expected, loan)
    for difference in _compare(expected, await _kept(session, asked)):
        yield difference


def _not_as_remembered(fresh: Iterable[SummedLoan], kept: Mapping[UUID, SummedLoan]) -> Iterator[Difference]:
    """What would be taken off when the loan is summed again."""
    for loan in fresh:
        remembered = kept.get(loan.loan_id)
        if remembered is None or set(remembered.changes) != set(loan.changes):
            disbursed = [0 if one is None else _disbursed(one) for one in (loan, remembered)]
            yield Difference("figures-of-loan", str(loan.loan_id), *disbursed)


def _disbursed(loan: SummedLoan) -> int:
    return sum(change.sums[SUMMED.index("disbursed")] for change in loan.changes)


def _add(expected: Sums, loan: SummedLoan) -> None:
    for change in loan.changes:
        whose = {"funder": str(change.funder_id)}
        if change.cae is not None:
            whose["cae"] = f"{change.funder_id} {change.cae}"
        for table, name in whose.items():
            for span, starts_on in (
                ("day", change.on),
                ("month", change.on.replace(day=1)),
                ("year", change.on.replace(month=1, day=1)),
            ):
                amounts = expected[f"{table} {span}", name, starts_on]
                for place, amount in enumerate(change.sums):
                    amounts[place] += amount


async def _kept(session: AsyncSession, asked: dict[str, Any]) -> Sums:
    kept: Sums = {}
    for table, statement in KEPT.items():
        for row in await session.execute(statement, asked):
            kept[f"{table} {row.span}", row.whose, row.starts_on] = [getattr(row, name) for name in SUMMED]
    return kept


def _compare(expected: Sums, kept: Sums) -> Iterator[Difference]:
    nothing = [0] * len(SUMMED)
    for key in sorted({*expected, *kept}):
        sides = zip(SUMMED, expected.get(key, nothing), kept.get(key, nothing), strict=True)
        for name, expected_cents, kept_cents in sides:
            if expected_cents != kept_cents:
                what = " ".join(map(str, (*key, name)))
                yield Difference("figures", what, expected_cents, kept_cents)
