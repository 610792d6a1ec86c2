"""PostgreSQL is gone for ten seconds: everybody is told to come back, and finds all well afterwards."""

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import make_url

from services.runtime.database.roles import service_url
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.processes.children import Child
from services.runtime.settings import Settings
from tests.api import once, token
from tests.conftest import make_database
from tests.journeys.conftest import run, serve, wait_until_ready

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

GONE_SECONDS = 10
RECOVERY_SECONDS = 3
PATIENCE_SECONDS = 6  # what a caller waits at most for an answer meanwhile
QUERY = {"query": '{ region(code: "84") { loanFunds { name } } }'}
FUND = {"region": "84", "opened_on": "2020-01-01"}


class Server:
    """PostgreSQL, always found through the same link: its socket has a new name at each start."""

    def __init__(self, directory: Path) -> None:
        self._postgres, self._link = EmbeddedPostgres(directory / "state"), directory / "here"

    def start(self) -> str:
        self._postgres.start()
        url = make_url(self._postgres.url)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(str(url.query["host"]))
        return url.set(query={"host": str(self._link)}).render_as_string(hide_password=False)

    def stop(self) -> None:
        self._postgres.stop()


@pytest.fixture
def server() -> Iterator[Server]:
    directory = Path(tempfile.mkdtemp(prefix="essor-gone-"))
    directory.chmod(0o755)
    server = Server(directory)
    yield server
    server.stop()
    shutil.rmtree(directory)


@dataclass
class Essor:
    loans: str
    gateway: str
    worker: Child
    settings: Settings


@asynccontextmanager
async def started(server: Server, state: Path) -> AsyncIterator[Essor]:
    url = await asyncio.to_thread(server.start)
    url = await make_database(url, "essor_gone", state)
    settings = Settings(state=state, database_url=url, entrepreneur_key="a key for tests")
    with ExitStack() as stack:
        loans, capital = serve(stack, settings, "loans"), serve(stack, settings, "capital")
        gateway = serve(
            stack,
            settings,
            "gateway",
            ESSOR_SUBGRAPH_LOANS_URL=f"{loans}/graphql",
            ESSOR_SUBGRAPH_CAPITAL_URL=f"{capital}/graphql",
        )
        urls = {
            f"ESSOR_{service.upper()}_DATABASE_URL": service_url(service, settings)
            for service in ("loans", "capital")
        }
        worker = run(stack, settings, "worker", ESSOR_WORKER_SECONDS="0.5", **urls)
        for address in (loans, capital, gateway):
            await asyncio.to_thread(wait_until_ready, address)
        yield Essor(loans, gateway, worker, settings)


@dataclass
class Watch:
    """Calls one after the other until told to end, and what came back: (when asked, how long, answer)."""

    method: str
    url: str
    body: dict[str, Any] | None = None
    answers: list[tuple[float, float, httpx.Response]] = field(default_factory=list)

    async def keep_asking(self, client: httpx.AsyncClient, end: asyncio.Event) -> None:
        while not end.is_set():
            body = (
                {**self.body, "name": str(uuid4())}
                if self.url.endswith("/funds") and self.body
                else self.body
            )
            asked = time.monotonic()
            answer = await client.request(self.method, self.url, json=body, headers=once())
            self.answers.append((asked, time.monotonic() - asked, answer))
            await asyncio.sleep(0.1)

    def between(self, start: float, end: float) -> list[httpx.Response]:
        return [answer for asked, _, answer in self.answers if start <= asked < end]


async def test_everybody_is_told_to_come_back_and_finds_all_well(server: Server, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        essor = await stack.enter_async_context(started(server, tmp_path))
        headers = {"Authorization": f"Bearer {token(essor.settings, 'operator', regions=['84'])}"}
        client = await stack.enter_async_context(httpx.AsyncClient(headers=headers, timeout=20))
        reads = Watch("GET", f"{essor.loans}/v1/funds")
        writes = Watch("POST", f"{essor.loans}/v1/funds", FUND)
        graph = Watch("POST", f"{essor.gateway}/graphql", QUERY)
        end = asyncio.Event()
        asking = [asyncio.create_task(each.keep_asking(client, end)) for each in (reads, writes, graph)]

        await asyncio.sleep(2)
        gone_at = time.monotonic()
        await asyncio.to_thread(server.stop)
        stopped_at = time.monotonic()
        await asyncio.sleep(GONE_SECONDS)
        ready, health = [await client.get(f"{essor.loans}{path}") for path in ("/ready", "/health")]
        assert (ready.status_code, health.status_code) == (503, 200)
        back_at = time.monotonic()
        await asyncio.to_thread(server.start)
        well_at = time.monotonic() + RECOVERY_SECONDS
        await asyncio.sleep(RECOVERY_SECONDS + 3)
        end.set()
        await asyncio.gather(*asking)

        check_rest(reads, writes, gone_at, stopped_at, back_at, well_at)
        check_graph(graph, stopped_at, back_at, well_at)
        made = [answer.json()["id"] for _, _, answer in writes.answers if answer.status_code == 201]
        for fund in made:
            assert (await client.get(f"{essor.loans}/v1/funds/{fund}")).status_code == 200
        listed = await client.get(f"{essor.loans}/v1/funds?count=true&limit=1")
        assert listed.json()["total"] == len(made), "what was told as not done was done"
        check_worker(essor)


def check_rest(
    reads: Watch, writes: Watch, gone_at: float, stopped_at: float, back_at: float, well_at: float
) -> None:
    for watch, done in ((reads, 200), (writes, 201)):
        assert {answer.status_code for answer in watch.between(0, gone_at - 0.5)} == {done}
        assert {answer.status_code for _, _, answer in watch.answers} == {done, 503}
        away = watch.between(stopped_at, back_at - PATIENCE_SECONDS)
        assert away
        assert {answer.status_code for answer in away} == {503}
        after = watch.between(well_at, well_at + 60)
        assert len(after) > 3
        assert {answer.status_code for answer in after} == {done}
        assert max(seconds for _, seconds, _ in watch.answers) < PATIENCE_SECONDS
        for _, _, answer in watch.answers:
            if answer.status_code == 503:
                assert answer.headers["retry-after"] == "2"
                assert answer.json()["code"] == "unavailable"


def check_graph(graph: Watch, stopped_at: float, back_at: float, well_at: float) -> None:
    for answer in graph.between(stopped_at, back_at - PATIENCE_SECONDS):
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "unavailable"
        assert answer.json()["data"] == {"region": {"loanFunds": None}}
    after = graph.between(well_at, well_at + 60)
    assert len(after) > 3
    assert all("errors" not in answer.json() for answer in after)


def check_worker(essor: Essor) -> None:
    assert essor.worker.poll() is None
    log = (essor.settings.state_directory / "worker.log").read_text()
    assert '"event":"worker-waits"' in log
    assert '"level":"error"' not in log
    essor.worker.send_signal(signal.SIGTERM)
    assert essor.worker.wait(10) == 0
