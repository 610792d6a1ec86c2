"""Repayments over REST by one process, against pgbench writing the same rows by one stored function.

    python bench/bench_repayments.py [--rounds 3] [--seconds 6] [--connections 8 32] [--loans 4000]

On Essor's own PostgreSQL in a temporary directory, or on ESSOR_TEST_DATABASE_URL. Both take turns in each
round; figures are medians, and the ratio is the one to trust. It fails where the two do not write the same
rows, or where a balance then differs from the journal. CPU is told per repayment: of the process that serves,
of PostgreSQL where it is our own, and of who calls. On a busy machine the ratio is too low: the one process
that serves gets one share of the CPU, and pgbench's PostgreSQL one for each connection.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from statistics import median
from uuid import uuid4

import asyncpg
import psutil
from loans_process import LoansProcess, loans_process
from rest_load import Load, Result
from sqlalchemy import make_url

from services.kernel.calendar import today_in_paris
from services.loans.persistence import ledger_proof
from services.loans.persistence.tables import metadata
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.embedded_postgres.binaries import INSTALLATION, installed
from services.runtime.settings import Settings

HERE = Path(__file__).parent
AMOUNT_CENTS = 50_00
UUID7_SINCE = 180_000
WARM_UP_SECONDS = 2.0

# What each side adds for one repayment: rows, and the sums of what it changes in place.
COUNTED = {
    "idempotency_keys": "count(*)",
    "answers": "count(answer)",
    "repayments": "count(*)",
    "journal_entries": "count(*)",
    "postings": "count(*)",
    "audit_trail": "count(*)",
    "outbox": "count(*)",
    "dossier_versions": "count(*)",
    "versions": "sum(version)",
    "loans": "sum(repaid_cents)",
    "loan_shares": "sum(credited_cents)",
}
TABLE_OF = {"answers": "idempotency_keys", "versions": "dossier_versions"}


@dataclass(frozen=True)
class Side:
    """One turn of one side; CPU in microseconds per repayment."""

    per_second: float
    p50_ms: float
    p99_ms: float
    postgres_us: float
    server_us: float = 0.0
    caller_us: float = 0.0


class Cpu:
    """Seconds used so far by the service, and by all of PostgreSQL's processes, those that have ended too."""

    def __init__(self, server: int, postmaster: int | None) -> None:
        self._server = psutil.Process(server)
        self._postmaster = None if postmaster is None else psutil.Process(postmaster)

    def used(self) -> tuple[float, float]:
        times = self._server.cpu_times()
        return times.user + times.system, self._used_by_postgres()

    def _used_by_postgres(self) -> float:
        if self._postmaster is None:
            return 0.0
        while True:
            try:
                living = [process.cpu_times() for process in self._postmaster.children()]
            except psutil.NoSuchProcess:  # it ended between the list and the look: it now counts as ended
                continue
            own = self._postmaster.cpu_times()
            ended = own.children_user + own.children_system
            return ended + sum(times.user + times.system for times in (own, *living))


class Bench:
    def __init__(
        self, owner_url: str, settings: Settings, loans: LoansProcess, cpu: Cpu, today: date
    ) -> None:
        self._owner_url, self._settings, self._loans = owner_url, settings, loans
        self._cpu, self._today = cpu, today
        self.added: dict[str, list[dict[str, float]]] = {"REST": [], "pgbench": []}

    async def prepare(self) -> None:
        """The reference, with an answer that the service has stored."""
        self._call("POST", 1, 0.2)
        owner = await asyncpg.connect(self._owner_url)
        version = owner.get_server_version()
        new_id = "uuidv7" if version.major * 10_000 >= UUID7_SINCE else "gen_random_uuid"
        await owner.execute((HERE / "one_function.sql").read_text().format(new_id=new_id))
        await owner.execute(
            "INSERT INTO reference.answer SELECT answer FROM loans.idempotency_keys"
            " WHERE path LIKE '%/repayments' LIMIT 1"
        )
        await owner.execute("INSERT INTO reference.loans SELECT row_number() OVER (), id FROM loans.loans")
        role = make_url(service_url("loans", self._settings)).username
        await owner.execute(f'GRANT USAGE ON SCHEMA reference TO "{role}"')
        await owner.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA reference TO "{role}"')
        await owner.close()

    async def look_at_the_tables(self) -> None:
        """What autovacuum does within a minute: plans made on empty tables read whole tables until then."""
        owner = await asyncpg.connect(self._owner_url)
        await owner.execute("ANALYZE")
        await owner.close()

    async def rest(self, connections: int, seconds: float) -> Side:
        before = await self._counts()
        side, calls = self._measured("POST", connections, seconds)
        self.added["REST"].append(_per_repayment(before, await self._counts(), calls))
        return side

    def reading(self, connections: int, seconds: float) -> Side:
        return self._measured("GET", connections, seconds)[0]

    async def pgbench(self, connections: int, seconds: float) -> Side:
        before = await self._counts()
        side, calls = self._one_function(connections, seconds)
        self.added["pgbench"].append(_per_repayment(before, await self._counts(), calls))
        return side

    def _one_function(self, connections: int, seconds: float) -> tuple[Side, int]:
        _, postgres_before = self._cpu.used()
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "script.sql"
            script.write_text(
                f"\\set place random(1, {len(self._loans.loan_ids)})\n"
                f"SELECT reference.record_repayment(:place, {AMOUNT_CENTS})\n"
            )
            program = installed().root / INSTALLATION / "bin" / "pgbench"
            options = ["--no-vacuum", "--protocol=prepared", f"--client={connections}", "--log"]
            url = service_url("loans", self._settings)
            subprocess.run(
                [str(program), *options, f"--time={round(seconds)}", f"--file={script}", url],
                cwd=folder,
                check=True,
                capture_output=True,
            )
            logged = [line.split() for log in Path(folder).glob("pgbench_log.*") for line in log.open()]
        _, postgres_after = self._cpu.used()
        spent = sorted(int(line[2]) / 1_000 for line in logged)
        ends = [int(line[4]) + int(line[5]) / 1_000_000 for line in logged]
        side = Side(
            per_second=len(spent) / (max(ends) - min(ends)),
            p50_ms=spent[len(spent) // 2],
            p99_ms=spent[len(spent) * 99 // 100],
            postgres_us=(postgres_after - postgres_before) / len(spent) * 1_000_000,
        )
        return side, len(spent)

    def _measured(self, method: str, connections: int, seconds: float) -> tuple[Side, int]:
        server_before, postgres_before = self._cpu.used()
        result = self._call(method, connections, seconds)
        server_after, postgres_after = self._cpu.used()
        each = 1_000_000 / result.calls
        side = Side(
            per_second=result.calls / result.seconds,
            p50_ms=result.p50_ms,
            p99_ms=result.p99_ms,
            postgres_us=(postgres_after - postgres_before) * each,
            server_us=(server_after - server_before) * each,
            caller_us=result.cpu_seconds * each,
        )
        return side, result.calls

    def _call(self, method: str, connections: int, seconds: float) -> Result:
        load = Load(
            port=self._loans.port,
            token=self._loans.token,
            method=method,
            loan_ids=self._loans.loan_ids,
            connections=connections,
            seconds=seconds,
            run=uuid4().hex,
            amount_cents=AMOUNT_CENTS,
            paid_on=self._today.isoformat(),
        )
        told = subprocess.run(
            [sys.executable, str(HERE / "rest_load.py")],
            input=json.dumps(asdict(load)).encode(),
            check=True,
            stdout=subprocess.PIPE,
        )
        return Result(**json.loads(told.stdout))

    async def _counts(self) -> dict[str, int]:
        owner = await asyncpg.connect(self._owner_url)
        counted = ", ".join(
            f"(SELECT {what} FROM loans.{TABLE_OF.get(name, name)})::bigint AS {name}"  # noqa: S608
            for name, what in COUNTED.items()
        )
        row = await owner.fetchrow(f"SELECT {counted}")
        await owner.close()
        return dict(row)

    def refuse_a_difference(self) -> dict[str, float]:
        """What one repayment adds, which must be the same on both sides and in every turn."""
        every = [each for side in self.added.values() for each in side]
        if any(each != every[0] for each in every):
            raise SystemExit(f"the two sides do not write the same rows: {self.added}")
        return every[0]


def _per_repayment(before: dict[str, int], after: dict[str, int], calls: int) -> dict[str, float]:
    return {name: (after[name] - before[name]) / calls for name in after}


def _median(sides: Sequence[Side]) -> Side:
    return Side(*(median(getattr(side, field.name) for side in sides) for field in fields(Side)))


async def measure(url: str, postmaster: int | None, state: Path, options: argparse.Namespace) -> None:
    await migrations.upgrade(url)
    settings = Settings(state=state, database_url=url)
    await database_roles.ensure(url, settings, "loans")
    today = today_in_paris()
    with loans_process(settings) as started:
        loans = started.with_portfolio(options.loans, today)
        bench = Bench(url, settings, loans, Cpu(loans.pid, postmaster), today)
        await bench.prepare()
        for connections in options.connections:  # what is prepared and cached once is no part of the figures
            await bench.rest(connections, WARM_UP_SECONDS)
            await bench.pgbench(connections, WARM_UP_SECONDS)
            await bench.look_at_the_tables()
        rest: dict[int, list[Side]] = {connections: [] for connections in options.connections}
        one_function: dict[int, list[Side]] = {connections: [] for connections in options.connections}
        reading: list[Side] = []
        for _ in range(options.rounds):
            for connections in options.connections:
                rest[connections].append(await bench.rest(connections, options.seconds))
                one_function[connections].append(await bench.pgbench(connections, options.seconds))
            reading.append(bench.reading(options.connections[0], options.seconds / 2))
        await _prove(settings)
    _show(bench.refuse_a_difference(), rest, one_function, reading, options)


async def _prove(settings: Settings) -> None:
    database = Database(service_url("loans", settings), settings, metadata=metadata)
    async with database.of_all_tenants(read_only=True) as session:
        proof = await ledger_proof.prove(session)
    await database.close()
    assert not proof.differences, proof


def _show(
    added: dict[str, float],
    rest: dict[int, list[Side]],
    one_function: dict[int, list[Side]],
    reading: list[Side],
    options: argparse.Namespace,
) -> None:
    print(
        f"one repayment, {options.loans} loans of 36 instalments; medians of {options.rounds} rounds of"
        f" {options.seconds:g} s; CPU in us per repayment"
    )
    print("  each adds, on both sides: " + ", ".join(f"{name} {number:g}" for name, number in added.items()))
    print(f"  {'':25}{'a second':>9}{'p50 ms':>8}{'p99 ms':>8}{'service':>9}{'PostgreSQL':>12}{'caller':>8}")
    for connections, sides in rest.items():
        others = one_function[connections]
        _line(f"REST, {connections} connections", ours := _median(sides))
        _line(f"pgbench, {connections} connections", theirs := _median(others))
        ratios = [one.per_second / other.per_second for one, other in zip(sides, others, strict=True)]
        print(
            f"  ratio at {connections} connections: {median(ratios):.2f} ({min(ratios):.2f} to"
            f" {max(ratios):.2f}); p99 {ours.p99_ms:.0f} ms against {theirs.p99_ms:.0f} ms"
        )
    _line(f"GET of a loan, {options.connections[0]} at once", _median(reading))


def _line(name: str, side: Side) -> None:
    print(
        f"  {name:25}{side.per_second:9.0f}{side.p50_ms:8.1f}{side.p99_ms:8.1f}{side.server_us:9.0f}"
        f"{side.postgres_us:12.0f}{side.caller_us:8.0f}"
    )


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, int | None]]:
    """A database of its own, and the process of PostgreSQL where it is a child of ours."""
    given = os.environ.get("ESSOR_TEST_DATABASE_URL")
    if given is None:
        with EmbeddedPostgres(folder) as server:
            yield server.url, server.child.pid
        return
    name = f"essor_bench_{uuid4().hex[:8]}"
    asyncio.run(_execute(given, f'CREATE DATABASE "{name}"'))
    try:
        yield make_url(given).set(database=name).render_as_string(hide_password=False), None
    finally:
        asyncio.run(_execute(given, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--loans", type=int, default=4_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="essor-bench-"))
    folder.chmod(0o755)
    try:
        with _server(folder) as (url, postmaster):
            asyncio.run(measure(url, postmaster, folder, options))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
