"""Lists of loans as an officer of one region asks for them, of many loans: time and plan of a page.

python bench/bench_loan_lists.py [--loans 100000] [--plans]
"""

import argparse
import asyncio
import statistics
import time
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from wide_portfolio import OPERATOR, server, wide_portfolio

from services.kernel.identifiers import Siren
from services.loans.domain.arrears import Bucket
from services.loans.domain.loan import Loan, LoanStatus
from services.loans.domain.loan_list import LoanPlace, LoanSort, place_of
from services.loans.persistence.loan_lists import LoanFilter, page, page_query

TODAY = date(2026, 5, 31)
FILTERS = {
    "all": LoanFilter(),
    "late": LoanFilter(is_late=True),
    "over 90": LoanFilter(bucket=Bucket.OVER_90),
    "due this week": LoanFilter(due_from=TODAY, due_to=TODAY + timedelta(days=6)),
    "active": LoanFilter(status=LoanStatus.ACTIVE),
    "a CAE's": LoanFilter(cae=Siren("000000042")),
    "large": LoanFilter(min_amount_cents=17_000_00),
}
RUNS = 5
PAGE = 25


async def timed(
    session: AsyncSession, wanted: LoanFilter, sort: LoanSort, after: LoanPlace | None
) -> tuple[float, list[Loan]]:
    times = []
    found: list[Loan] = []
    for _ in range(RUNS):
        started = time.perf_counter()
        found = await page(session, OPERATOR.scope, wanted, sort, after=after, limit=PAGE, today=TODAY)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000, found


async def plan_of(session: AsyncSession, wanted: LoanFilter, sort: LoanSort) -> str:
    query = page_query(OPERATOR.scope, wanted, sort, after=None, limit=PAGE, today=TODAY)
    statement = query.compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    lines = (await session.execute(text(f"EXPLAIN {statement}".replace(":", r"\:")))).scalars()
    return "\n".join(lines)


async def measure(server_url: str, loans: int, *, shows_plans: bool) -> None:
    async with (
        wide_portfolio(server_url, loans, TODAY) as database,
        database.transaction(OPERATOR, read_only=True) as session,
    ):
        print(f"{loans} loans of one region; a page of {PAGE}, first and fourth, median of {RUNS}, ms:")
        for sort in LoanSort:
            for name, wanted in FILTERS.items():
                first, found = await timed(session, wanted, sort, None)
                after = None
                for _ in range(3):
                    if len(found) > PAGE:
                        after = place_of(found[PAGE - 1], sort)
                        _, found = await timed(session, wanted, sort, after)
                fourth, _ = await timed(session, wanted, sort, after)
                plan = await plan_of(session, wanted, sort)
                scans = "SEQUENTIAL SCAN" if "Seq Scan on loans" in plan else "index"
                sorts = "sorts what it found" if "Sort" in plan else "in the index's order"
                print(f"  {sort.value:<22} {name:<14} {first:7.1f} {fourth:7.1f}   {scans}, {sorts}")
                if shows_plans:
                    print(plan)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=100_000)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    with server() as url:
        asyncio.run(measure(url, options.loans, shows_plans=options.plans))


if __name__ == "__main__":
    main()
