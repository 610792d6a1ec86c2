"""Indicators on any date with many loans: how long the sums take, then a read, with and without stale loans.

    python bench/bench_indicators.py [--loans 100000] [--reads 100] [--stale 0 1 100] [--summing 3]
                                     [--state DIRECTORY]

On Essor's own PostgreSQL in a temporary directory, or in one that is kept: what it has been filled and summed
with is not written again. The portfolio is written by `portfolio_of_figures.sql`, which takes minutes at full
size, and summed by several processes. Reads go through the use case, in a transaction of the caller, with its
connection and commit. Stale loans are all of one CAE, first those of the cohort that is read. The proof of
figures comes last, with what it takes of memory.
"""

import argparse
import asyncio
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum import luhn

from demonstration.seed_loans import seed
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.kernel.identifiers import Siren
from services.loans.persistence import figures_proof
from services.loans.persistence.tables import metadata
from services.loans.summing import sum_figures
from services.loans.usecases.read_funds import read_position
from services.loans.usecases.read_indicators import IndicatorScope, read_cohorts, read_indicators
from services.loans.usecases.read_repayment_curve import read_repayment_curve
from services.runtime import interpreter
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.settings import Demonstration, Settings

PORTFOLIO = Path(__file__).parent / "portfolio_of_figures.sql"
REGION, STATE, KEY = "84", Siren("110044013"), "a key for the bench"
CAES = 12 * 13
COHORT = 2022
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


def sum_alone(url: str, folder: Path) -> tuple[int, float]:
    """How many loans one process summed, and its own CPU seconds."""
    interpreter.settle()
    started = time.process_time()

    async def sum_here() -> int:
        database = service_database(url, folder)
        try:
            return await sum_figures(database, client="bench")
        finally:
            await database.close()

    return asyncio.run(sum_here()), time.process_time() - started


def sum_all(url: str, folder: Path, processes: int) -> None:
    started = time.monotonic()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(sum_alone, [url] * processes, [folder] * processes))
    seconds = time.monotonic() - started
    loans, cpu_seconds = (sum(column) for column in zip(*done, strict=True))
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(
        f"{loans} loans summed in {seconds:.0f} s by {processes} processes: {seconds * 1000 / loans:.2f} ms a"
        f" loan, {cpu_seconds * 1000 / loans:.2f} ms of it Python's own on one core; peak {peak_mb} MB each",
        flush=True,
    )


def service_database(url: str, folder: Path) -> Database:
    settings = Settings(state=folder, database_url=url, entrepreneur_key=KEY)
    return Database(service_url("loans", settings), settings, metadata=metadata)


def cases(fund_id: UUID, cae: Siren, today: date) -> dict[str, tuple[Caller, Query]]:
    operator = Caller(Role.OPERATOR, "bench", frozenset({REGION}))
    admin = Caller(Role.ADMIN, "bench")
    scopes = {
        "a region": (operator, IndicatorScope(region=REGION)),
        "a fund": (operator, IndicatorScope(fund_id=fund_id)),
        "a CAE": (operator, IndicatorScope(cae=cae)),
        "a CAE, by itself": (Caller(Role.CAE, "bench", siren=cae), IndicatorScope()),
        "a cohort of every region": (admin, IndicatorScope(cohort=COHORT)),
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


async def prepare(url: str, folder: Path, loans: int, today: date) -> None:
    await migrations.upgrade(url)
    settings = Settings(state=folder, database_url=url, entrepreneur_key=KEY)
    await database_roles.ensure(url, settings, "loans")
    owner = await asyncpg.connect(url)
    if not await owner.fetchval("SELECT count(*) FROM loans.loans"):
        database = service_database(url, folder)
        await fill(owner, database, loans, today)
        await database.close()
    await owner.close()


async def read_all(url: str, folder: Path, options: argparse.Namespace, today: date) -> None:
    database, owner = service_database(url, folder), await asyncpg.connect(url)
    await owner.execute("VACUUM ANALYZE")
    tables = ("funder_figures", "cae_figures", "loan_figures")
    found = {table: await owner.fetchval(f"SELECT count(*) FROM loans.{table}") for table in tables}  # noqa: S608
    print(f"kept: {found}", flush=True)
    row = await owner.fetchrow("SELECT fund_id, cae_siren FROM loans.loans WHERE number = 'N0'")
    for stale in options.stale:
        await owner.execute("UPDATE loans.loans SET figures_stale = false WHERE figures_stale")
        await owner.execute(
            "UPDATE loans.loans SET figures_stale = true WHERE id IN"
            " (SELECT id FROM loans.loans WHERE cae_siren = $1"
            "   ORDER BY extract(year FROM disbursed_on) <> $3, id LIMIT $2)",
            row["cae_siren"],
            stale,
            COHORT,
        )
        print(f"{stale} stale loans", flush=True)
        for name, (caller, query) in cases(row["fund_id"], row["cae_siren"], today).items():
            await measure(database, name, caller, query, options.reads, today)
    await owner.close()
    await database.close()


async def prove(url: str, folder: Path) -> None:
    database = service_database(url, folder)
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    started = time.monotonic()
    async with database.of_all_tenants(read_only=True) as session:
        differences = await figures_proof.differences(session)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"figures proved in {time.monotonic() - started:.0f} s: {len(differences)} differences,"
        f" peak {peak_mb} MB ({before_mb} MB before)"
    )
    await database.close()


def run(url: str, folder: Path, options: argparse.Namespace) -> None:
    today = today_in_paris()
    asyncio.run(prepare(url, folder, options.loans, today))
    sum_all(url, folder, options.summing)
    interpreter.settle()
    asyncio.run(read_all(url, folder, options, today))
    asyncio.run(prove(url, folder))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--loans", type=int, default=100_000)
    parser.add_argument("--reads", type=int, default=100)
    parser.add_argument("--stale", type=int, nargs="+", default=[0, 1, 100])
    parser.add_argument("--summing", type=int, default=3)
    parser.add_argument("--state", type=Path)
    options = parser.parse_args()
    folder = options.state or Path(tempfile.mkdtemp(prefix="essor-bench-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    try:
        with EmbeddedPostgres(folder) as server:
            run(server.url, folder, options)
    finally:
        if not options.state:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
