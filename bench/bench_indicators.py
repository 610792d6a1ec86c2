"""Indicators on any date with many loans: how long the sums take, then a read, with and without stale loans.

    python bench/bench_indicators.py [--loans 100000] [--reads 40] [--stale 0 1 100]

On Essor's own PostgreSQL in a temporary directory. The portfolio is written by `portfolio_of_figures.sql`,
which takes minutes at full size; summing it takes longer. Reads go through the use case, in a transaction of
the caller.
"""

import argparse
import asyncio
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum import luhn

from demonstration.seed_loans import seed
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.kernel.identifiers import Siren
from services.loans.persistence.tables import metadata
from services.loans.summing import sum_figures
from services.loans.usecases.read_funds import read_position
from services.loans.usecases.read_indicators import IndicatorScope, read_cohorts, read_indicators
from services.loans.usecases.read_repayment_curve import read_repayment_curve
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.settings import Demonstration, Settings

PORTFOLIO = Path(__file__).parent / "portfolio_of_figures.sql"
REGION, STATE, KEY = "84", Siren("110044013"), "a key for the bench"
CAES = 12 * 13
Query = Callable[[AsyncSession, date], Awaitable[object]]


def sirens() -> list[str]:
    numbers = [f"4{number:07d}" for number in range(CAES)]
    return [number + luhn.calc_check_digit(number) for number in numbers]


async def fill(owner: asyncpg.Connection, database: Database, loans: int, today: date) -> None:
    """The demonstration first: one of its loans is the pattern of every other."""
    await seed(database, Demonstration.SMALL, today=today, entrepreneur_key=KEY.encode())
    listed = ", ".join(f"'{siren}'" for siren in sirens())
    script = PORTFOLIO.read_text().format(loans=loans, months=36, today=today, caes=listed)
    started = time.monotonic()
    for statement in filter(str.strip, script.split(";\n")):
        await owner.execute(statement)
    counted = ("loans", "repayments", "postings")
    found = {table: await owner.fetchval(f"SELECT count(*) FROM loans.{table}") for table in counted}  # noqa: S608
    print(f"written in {time.monotonic() - started:.0f} s: {found}", flush=True)


async def sum_all(database: Database) -> None:
    started = time.monotonic()
    summed = await sum_figures(database, client="bench")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds = time.monotonic() - started
    print(f"{summed} loans summed in {seconds:.0f} s by one process, peak {peak_mb} MB", flush=True)


def cases(fund_id: UUID, cae: Siren, today: date) -> dict[str, tuple[Caller, Query]]:
    operator = Caller(Role.OPERATOR, "bench", frozenset({REGION}))
    admin = Caller(Role.ADMIN, "bench")
    scopes = {
        "a region": (operator, IndicatorScope(region=REGION)),
        "a fund": (operator, IndicatorScope(fund_id=fund_id)),
        "a CAE": (operator, IndicatorScope(cae=cae)),
        "a CAE, by itself": (Caller(Role.CAE, "bench", siren=cae), IndicatorScope()),
        "a cohort of every region": (admin, IndicatorScope(cohort=2022)),
        "a funder of twelve funds": (Caller(Role.FUNDER, "bench", siren=STATE), IndicatorScope()),
        "everything": (admin, IndicatorScope()),
    }

    def indicators(caller: Caller, scope: IndicatorScope) -> Query:
        return lambda session, on: read_indicators(session, caller, scope, as_of=on, today=today)

    region = IndicatorScope(region=REGION)
    return {
        **{name: (caller, indicators(caller, scope)) for name, (caller, scope) in scopes.items()},
        "cohorts of a region": (
            operator,
            lambda session, on: read_cohorts(session, operator, region, as_of=on, today=today),
        ),
        "curve of a region": (
            operator,
            lambda session, _: read_repayment_curve(
                session, operator, region, first=None, last=None, today=today
            ),
        ),
        "position of a fund": (
            operator,
            lambda session, on: read_position(session, operator, fund_id, as_of=on, today=today),
        ),
    }


async def measure(
    database: Database, name: str, caller: Caller, query: Query, reads: int, today: date
) -> None:
    """Today and past days in turn; the first two reads plan and connect, and do not count."""
    chance = random.Random(1)  # noqa: S311 - the same days on each run
    spent: list[float] = []
    for number in range(reads + 2):
        on = today if number % 2 else today - timedelta(days=chance.randint(1, 3_600))
        started = time.perf_counter()
        async with database.transaction(caller, read_only=True) as session:
            await query(session, on)
        spent.append((time.perf_counter() - started) * 1_000)
    counted = sorted(spent[2:])
    p50, p99 = counted[len(counted) // 2], counted[len(counted) * 99 // 100]
    print(f"  {name:28} p50 {p50:8.1f} ms   p99 {p99:8.1f} ms", flush=True)


async def run(url: str, folder: Path, options: argparse.Namespace) -> None:
    await migrations.upgrade(url)
    settings = Settings(state=folder, database_url=url, entrepreneur_key=KEY)
    await database_roles.ensure(url, settings, "loans")
    database = Database(service_url("loans", settings), settings, metadata=metadata)
    owner = await asyncpg.connect(url)
    today = today_in_paris()
    await fill(owner, database, options.loans, today)
    await sum_all(database)
    await owner.execute("VACUUM ANALYZE")
    row = await owner.fetchrow("SELECT fund_id, cae_siren FROM loans.loans WHERE number = 'N0'")
    for stale in options.stale:
        await owner.execute(
            "UPDATE loans.loans SET figures_stale = true WHERE id IN"
            " (SELECT id FROM loans.loans WHERE fund_id = $1 ORDER BY id LIMIT $2)",
            row["fund_id"],
            stale,
        )
        print(f"{stale} stale loans, all of the fund that is read")
        for name, (caller, query) in cases(row["fund_id"], row["cae_siren"], today).items():
            await measure(database, name, caller, query, options.reads, today)
    await owner.close()
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--loans", type=int, default=100_000)
    parser.add_argument("--reads", type=int, default=40)
    parser.add_argument("--stale", type=int, nargs="+", default=[0, 1, 100])
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="essor-bench-"))
    folder.chmod(0o755)
    try:
        with EmbeddedPostgres(folder) as server:
            asyncio.run(run(server.url, folder, options))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
