"""Repayments a second of the portfolio import, against raw COPY of the same rows into bare tables.

    python bench/bench_import.py [--repayments 100000] [--in-turn 10000 100000 300000]

On Essor's own PostgreSQL in a temporary directory, or on ESSOR_TEST_DATABASE_URL. Each size is imported by a
process of its own, whose peak memory is its own. Trust CPU seconds and the share, not wall time, on a machine
that does other things besides.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.kernel.access import Caller, Role
from services.kernel.calendar import add_months
from services.kernel.money import split_evenly
from services.loans.persistence.tables import metadata
from services.loans.usecases.import_portfolio import ImportPortfolio, import_portfolio
from services.runtime import interpreter
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database, asyncpg_url
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.settings import Settings

OPERATOR = Caller(Role.OPERATOR, "bench", frozenset({"84"}))
TODAY = date(2026, 6, 30)
INSTALMENTS = 36
LOAN_CENTS = 8_000_00
CAES = ("97859284800342", "94070853000305")
LOAN_HEADINGS = (
    "N° prêt;SIRET CAE;CAE;Réf. entrepreneur;Nom;Prénom;Contrat;Date contrat;Montant accordé;"
    "Date de versement;Durée (mois);Différé (mois);Statut;Montant passé en perte"
)
WRITTEN = ("loans", "loan_shares", "tranches", "schedule_versions", "instalments")
RECORDED = ("repayments", "journal_entries", "postings")


def portfolio(repayments: int) -> tuple[bytes, bytes]:
    """Loans of 36 instalments, each wholly repaid on its due dates; in the order of an export by date."""
    loans, lines = [LOAN_HEADINGS], []
    for rank in range(-(-repayments // INSTALMENTS)):
        disbursed_on = add_months(date(2019, 1, 1 + rank % 28), rank % 48)
        loans.append(
            f"B-{rank};{CAES[rank % 2]};Les Ateliers;E{rank};Nguyen;Yaëlle;CESA;15/07/2018;8000,00;"
            f"{disbursed_on:%d/%m/%Y};36;0;soldé;"
        )
        for month, cents in enumerate(split_evenly(LOAN_CENTS, INSTALMENTS), start=1):
            lines.append((add_months(disbursed_on, month), rank, cents))
    lines = sorted(lines)[:repayments]
    written = (
        f"B-{rank};{on:%d/%m/%Y};{cents // 100},{cents % 100:02};Prélèvement" for on, rank, cents in lines
    )
    return "\n".join(loans).encode(), "\n".join(("N° prêt;Date;Montant;Mode", *written)).encode()


async def import_once(directory: Path, url: str) -> dict[str, float]:
    """In this process: seconds, CPU seconds of both sides, and the peak of this side's memory."""
    interpreter.settle()  # as both doors to an import do
    settings = Settings(state=directory, database_url=url, statement_seconds=600)
    loans, repayments = ((directory / f"{name}.csv").read_bytes() for name in ("loans", "repayments"))
    order = ImportPortfolio("84", f"Bench {uuid4()}", loans, repayments)
    database = Database(service_url("loans", settings), settings, metadata=metadata)
    before_mb = peak_mb()
    try:
        async with database.transaction(OPERATOR) as session:
            pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            wall, cpu, server = time.perf_counter(), time.process_time(), server_seconds(pid)
            report = await import_portfolio(session, OPERATOR, order, today=TODAY, entrepreneur_key=b"bench")
        return {
            "taken": report.repayments_taken,
            "seconds": time.perf_counter() - wall,
            "client_seconds": time.process_time() - cpu,
            "server_seconds": server_seconds(pid) - server,
            "before_mb": before_mb,
            "peak_mb": peak_mb(),
        }
    finally:
        await database.close()


def peak_mb() -> float:
    """Of this program alone: what `getrusage` tells begins with the memory of who started it."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def server_seconds(pid: int) -> float:
    """CPU of one backend, where it runs on this machine."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def copy_raw(url: str, directory: Path) -> tuple[float, int]:
    """The rows just imported, by COPY into tables without a key, a constraint or a trigger."""
    owner = await asyncpg.connect(url)
    seconds, rows = 0.0, 0
    await owner.execute("SELECT set_config('essor.role', 'system', false)")
    await owner.execute("DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare")
    for table in (*WRITTEN, *RECORDED):
        file = directory / f"{table}.copy"
        every = f"SELECT * FROM loans.{table}"  # noqa: S608 - names of ours
        await owner.copy_from_query(every, output=file, format="binary")
        await owner.execute(f"CREATE TABLE bare.{table} AS {every} WITH NO DATA")
        started = time.perf_counter()
        done = await owner.copy_to_table(table, schema_name="bare", source=file, format="binary")
        seconds += time.perf_counter() - started
        rows += int(done.split()[1])
        file.unlink()
    await owner.close()
    return seconds, rows


async def measure(server_url: str, sizes: list[int], directory: Path) -> None:
    owner = create_async_engine(asyncpg_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    print("  lines  seconds  lines/s  CPU here  CPU server   peak MB (before)   raw COPY  share")
    for size in sizes:
        name = f"essor_bench_{uuid4().hex[:8]}"
        async with owner.connect() as connection:
            await connection.execute(text(f'CREATE DATABASE "{name}"'))
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        try:
            await migrations.upgrade(url)
            await database_roles.ensure(url, Settings(state=directory, database_url=url), "loans")
            for file, content in zip(("loans", "repayments"), portfolio(size), strict=True):
                (directory / f"{file}.csv").write_bytes(content)
            command = [sys.executable, __file__, "--one", str(directory), "--url", url]
            child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            done = json.loads((await child.communicate())[0])
            raw_seconds, rows = await copy_raw(url, directory)
            print(
                f"{done['taken']:>7}  {done['seconds']:7.1f}  {done['taken'] / done['seconds']:7.0f}"
                f"  {done['client_seconds']:8.1f}  {done['server_seconds']:10.1f}"
                f"  {done['peak_mb']:8.0f} ({done['before_mb']:.0f})"
                f"   {rows} rows in {raw_seconds:.2f} s  {raw_seconds / done['seconds']:.2f}",
                flush=True,
            )
        finally:
            async with owner.connect() as connection:
                await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    await owner.dispose()


@contextmanager
def a_server(directory: Path) -> Iterator[str]:
    given = os.environ.get("ESSOR_TEST_DATABASE_URL")
    if given is not None:
        yield given
        return
    server = EmbeddedPostgres(directory)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repayments", type=int, default=100_000)
    parser.add_argument("--in-turn", type=int, nargs="+", default=[])
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(asyncio.run(import_once(options.one, options.url))))
        return
    directory = Path(tempfile.mkdtemp(prefix="essor-bench-"))
    directory.chmod(0o755)
    try:
        with a_server(directory) as url:
            asyncio.run(measure(url, options.in_turn or [options.repayments], directory))
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
