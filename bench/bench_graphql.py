"""Partner queries to the two subgraphs: plain Strawberry, Essor's door, and documents compiled once.

    python bench/bench_graphql.py [--size full] [--state DIRECTORY] [--rounds 5] [--seconds 2]
                                  [--connections 8] [--only NAME]

One process for each way and service, real HTTP, one PostgreSQL with the demonstration in it. Ways take turns
in each round; what counts is the ratio of medians, and the CPU that the service's process used for a request.
PostgreSQL and the client have the other core. Every way must give the same answer before it is measured.
"""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import uvloop
from partner_queries import REGIONS, PartnerQuery, partner_queries
from rest_load import Connection

from demonstration.seed_capital import seed as seed_capital
from demonstration.seed_loans import seed as seed_loans
from services.capital.persistence.tables import metadata as capital_metadata
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.loans.persistence.tables import metadata as loans_metadata
from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.settings import REPOSITORY, Demonstration, Settings
from services.runtime.tokens.reading import local_issuer

KEY = "a key for the bench"
SERVICES = {"loans": (loans_metadata, seed_loans), "capital": (capital_metadata, seed_capital)}
WAYS = ("plain", "door", "compiled")
READY_SECONDS = 120
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    pid: int
    port: int

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


@dataclass(frozen=True)
class Measure:
    requests: int
    per_second: float
    cpu_ms: float


@contextmanager
def served(service: str, way: str, settings: Settings) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "ESSOR_STATE": str(settings.state),
        f"ESSOR_{service.upper()}_DATABASE_URL": service_url(service, settings),
        "ESSOR_ENTREPRENEUR_KEY": KEY,
        "ESSOR_OPEN_SUBGRAPHS": "true",
        "ESSOR_RATE_PER_SECOND": "0",
        "ESSOR_COMPILED_GRAPHQL": str(way == "compiled"),
    }
    command = {
        "plain": [sys.executable, str(Path(__file__).with_name("plain_strawberry.py")), service, str(port)],
    }.get(
        way,
        [
            *(sys.executable, "-c", "from cli.main import main; main()"),
            *("serve", service, "--port", str(port)),
        ],
    )
    log = Path(settings.state) / f"{service}-{way}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_ready(process, port, log)
        yield Served(process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"the service does not answer; it said:\n{log.read_text()}")


async def prepare(url: str, settings: Settings, size: Demonstration) -> None:
    """What is told already stays as it is, so that a directory that is kept serves again at once."""
    await migrations.upgrade(url)
    for service, (metadata, seed) in SERVICES.items():
        await database_roles.ensure(url, settings, service)
        database = Database(service_url(service, settings), settings, metadata=metadata)
        await seed(database, size, today=today_in_paris(), entrepreneur_key=KEY.encode())
        await database.close()
    owner = await asyncpg.connect(url)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()


def request_of(query: PartnerQuery, token: str) -> bytes:
    body = orjson.dumps({"query": query.document, "variables": query.variables})
    head = (
        "POST /graphql HTTP/1.1\r\nHost: essor\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answer_of(query: PartnerQuery, token: str, port: int) -> Any:
    answer = httpx.post(
        f"http://127.0.0.1:{port}/graphql",
        json={"query": query.document, "variables": query.variables},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    ).json()
    assert "errors" not in answer, (query.name, answer["errors"][:1])
    return answer["data"]


async def load(one: Served, request: bytes, *, connections: int, seconds: float) -> Measure:
    loop = asyncio.get_running_loop()
    spent: list[float] = []
    before, started = one.cpu_seconds(), time.perf_counter()
    make = partial(Connection, lambda: request, b"HTTP/1.1 200", started + seconds, spent)
    opened = [await loop.create_connection(make, "127.0.0.1", one.port) for _ in range(connections)]
    await asyncio.gather(*(connection.done for _, connection in opened))
    wall, used = time.perf_counter() - started, one.cpu_seconds() - before
    return Measure(len(spent), len(spent) / wall, used / len(spent) * 1_000)


async def measure(
    ways: Mapping[str, Served], query: PartnerQuery, token: str, options: argparse.Namespace
) -> dict[str, tuple[float, float]]:
    """Requests a second and CPU ms of the service for each, by way: medians of the rounds."""
    request = request_of(query, token)
    answers = {way: answer_of(query, token, one.port) for way, one in ways.items()}
    first = orjson.dumps(answers["plain"])
    assert all(orjson.dumps(answer) == first for answer in answers.values()), f"{query.name}: answers differ"
    for one in ways.values():
        await load(one, request, connections=options.connections, seconds=0.3)
    found: dict[str, list[Measure]] = {way: [] for way in ways}
    for turn in range(options.rounds):
        order = list(ways)
        for way in order[turn % len(order) :] + order[: turn % len(order)]:
            one = await load(ways[way], request, connections=options.connections, seconds=options.seconds)
            found[way].append(one)
    return {
        way: (
            statistics.median(one.per_second for one in each),
            statistics.median(one.cpu_ms for one in each),
        )
        for way, each in found.items()
    }


def tell(query: PartnerQuery, size: int, found: Mapping[str, tuple[float, float]]) -> list[float]:
    line = [f"{query.service:7} {query.name:34} {size / 1_000:6.1f} kB"]
    line += [f"{way} {rate:7.1f}/s {cpu:7.2f} ms" for way, (rate, cpu) in found.items()]
    ratios = [found[way][0] / found["plain"][0] for way in WAYS[1:]]
    line.append("x " + "  ".join(f"{ratio:5.2f}" for ratio in ratios))
    line.append("CPU x " + "  ".join(f"{found['plain'][1] / found[way][1]:5.2f}" for way in WAYS[1:]))
    print("  ".join(line), flush=True)
    return ratios


def run(settings: Settings, queries: Sequence[PartnerQuery], token: str, options: argparse.Namespace) -> None:
    ratios = []
    with ExitStack() as stack:
        ways: dict[str, dict[str, Served]] = {service: {} for service in SERVICES}
        for service in dict.fromkeys(query.service for query in queries):
            for way in WAYS:
                ways[service][way] = stack.enter_context(served(service, way, settings))
        print(f"load of the machine before: {os.getloadavg()[0]:.2f}; ratios are against plain Strawberry")
        for query in queries:
            size = len(orjson.dumps(answer_of(query, token, ways[query.service]["door"].port)))
            found = uvloop.run(measure(ways[query.service], query, token, options))
            ratios.append(tell(query, size, found))
    for way, each in zip(WAYS[1:], zip(*ratios, strict=True), strict=True):
        print(f"{way}: {statistics.geometric_mean(each):.2f} times plain Strawberry, least {min(each):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=Demonstration, default=Demonstration.FULL)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--only", help="queries whose name has this")
    options = parser.parse_args()
    state = options.state or Path(tempfile.mkdtemp(prefix="essor-bench-"))
    state.mkdir(exist_ok=True)
    state.chmod(0o755)
    own = EmbeddedPostgres(state)
    own.start()
    try:
        settings = Settings(state=state, database_url=own.url, entrepreneur_key=KEY)
        asyncio.run(prepare(own.url, settings, options.size))
        queries = [
            query
            for query in asyncio.run(partner_queries(own.url))
            if options.only is None or options.only in query.name
        ]
        caller = Caller(Role.PARTNER, "bench", frozenset(REGIONS))
        run(settings, queries, local_issuer(settings).issue(caller, timedelta(hours=6)), options)
    finally:
        own.stop()
        if options.state is None:
            shutil.rmtree(state)


if __name__ == "__main__":
    main()
