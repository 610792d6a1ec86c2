"""Two processes of loans and the worker are killed at random while repayments are sent, and sent again."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.loans.app import make_app
from services.runtime.database.roles import service_url
from services.runtime.processes.children import Child, start_child
from services.runtime.settings import REPOSITORY, Settings
from tests.api import Api, token
from tests.conftest import make_database
from tests.factories.capital import new_siren, siret_of
from tests.journeys.conftest import free_port
from tests.services.loans.conftest import REGION_COUNCIL, STATE, Lending

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]

LOANS, REPAYMENTS, CLIENTS = 110, 3_500, 12
ESSOR = str(Path(sys.executable).parent / "essor")
PUBLISHED_SECONDS = 60  # after the last repayment, until its event is read
LONGEST_SECONDS = 240  # of the whole journey, on a machine that does other things besides
READY_SECONDS = 60
SEED = 20_261_122


@dataclass
class Mortal:
    """A process that is killed and started again, at the same address."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    port: int | None = None
    child: Child | None = None
    deaths: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.child = start_child(
                self.command,
                death_signal=signal.SIGKILL,
                environment=self.environment,
                directory=REPOSITORY,
                stdout=log,
                stderr=log,
            )

    def start_if_dead(self) -> None:
        if self.child is None or self.child.poll() is not None:
            self.start()

    def kill(self) -> None:
        assert self.child is not None
        assert self.child.poll() is None, f"{self.name} has ended by itself: {self.log.read_text()[-2000:]}"
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.wait(10)
        self.deaths += 1

    def stop(self) -> None:
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
            self.child.wait(10)

    async def until_ready(self) -> None:
        async with httpx.AsyncClient() as client, asyncio.timeout(READY_SECONDS):
            while True:
                with suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/ready", timeout=5)).is_success:
                        return
                await asyncio.sleep(0.1)


@dataclass
class Sent:
    """One repayment: what is sent, under which key, and every answer that was got for it."""

    loan: str
    key: str
    amount_cents: int
    answers: list[dict[str, Any]] = field(default_factory=list)
    tries: int = 0

    @property
    def body(self) -> dict[str, Any]:
        paid = {"paid_on": "2024-06-30", "method": "direct_debit", "reference": self.key}
        return {"amount_cents": self.amount_cents, **paid}


@pytest.fixture(scope="module")
async def killed_settings(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    state = tmp_path_factory.mktemp("killed")
    url = await make_database(server_url, f"essor_killed_{worker_id}", state)
    return Settings(state=state, database_url=url, entrepreneur_key="a key for tests")


@pytest.fixture(scope="module")
async def api(killed_settings: Settings) -> AsyncIterator[Api]:
    """In this process, which nobody kills: to prepare, and to look."""
    async with Api.of(make_app(killed_settings), killed_settings) as api:
        yield api


async def make_loans(api: Api) -> list[str]:
    lending = Lending(api)
    contributions = [(REGION_COUNCIL, 800_000_00, "2020-01-01"), (STATE, 200_000_00, "2020-01-01")]
    fund = await lending.fund(contributions=contributions)
    loans = []
    for _ in range(LOANS):
        loan = await lending.loan(fund["id"], cae={"siret": siret_of(new_siren()), "name": "Graines"})
        loans.append(loan["id"])
    return loans


@contextmanager
def running(settings: Settings) -> Iterator[tuple[list[Mortal], Mortal]]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
        "ESSOR_STATE": str(settings.state),
        "ESSOR_ENTREPRENEUR_KEY": str(settings.entrepreneur_key),
        "ESSOR_LOANS_DATABASE_URL": service_url("loans", settings),
        "ESSOR_CAPITAL_DATABASE_URL": service_url("capital", settings),
    }
    servers = []
    for number in range(2):
        port = free_port()
        command = [ESSOR, "serve", "loans", "--port", str(port)]
        log = Path(settings.state) / f"mortal-{number}.log"
        servers.append(Mortal(f"loans-{number}", command, environment, log, port))
    log = Path(settings.state) / "mortal-worker.log"
    worker = Mortal("worker", [ESSOR, "worker"], {**environment, "ESSOR_WORKER_SECONDS": "1"}, log)
    try:
        for process in (*servers, worker):
            process.start()
        yield servers, worker
    finally:
        for process in (*servers, worker):
            process.stop()


async def send(client: httpx.AsyncClient, chance: random.Random, servers: list[Mortal], one: Sent) -> None:
    """Until it is answered, as an integrator would; then, one time in three, once more for nothing."""
    again = 1 + (chance.random() < 1 / 3)
    while len(one.answers) < again:
        one.tries += 1
        address = f"{chance.choice(servers).url}/v1/loans/{one.loan}/repayments"
        try:
            response = await client.post(address, json=one.body, headers={"Idempotency-Key": one.key})
        except httpx.TransportError:
            await asyncio.sleep(chance.uniform(0.02, 0.2))
            continue
        if response.status_code == 201:
            one.answers.append(response.json())
        else:
            may_pass = {429, 503, 504} | ({409} if "in-use" in response.json()["code"] else set())
            assert response.status_code in may_pass, response.text
            await asyncio.sleep(chance.uniform(0.05, 0.3))


async def kill_at_random(chance: random.Random, servers: list[Mortal], worker: Mortal) -> None:
    """Until it is cancelled. Both servers may be dead at once: the clients wait."""
    while True:
        await asyncio.sleep(chance.uniform(0.3, 2.0))
        doomed = chance.choice([*servers, *servers, worker])
        doomed.kill()
        await asyncio.sleep(chance.uniform(0.0, 0.3))
        doomed.start()
        if doomed is not worker:
            await doomed.until_ready()


@dataclass
class Reader:
    """Follows the feed from its beginning, whoever answers, and keeps all that it was told."""

    client: httpx.AsyncClient
    servers: list[Mortal]
    told: list[dict[str, Any]] = field(default_factory=list)

    async def follow(self) -> None:
        """Until it is cancelled."""
        after: dict[str, str] = {}
        while True:
            page = await self._page({**after, "limit": "100"})
            self.told += page["items"]
            after = {"after": page["next"]}
            if not page["items"]:
                await asyncio.sleep(0.2)

    async def _page(self, query: dict[str, str]) -> dict[str, Any]:
        for number in count():
            address = f"{self.servers[number % len(self.servers)].url}/v1/events"
            with suppress(httpx.TransportError):
                response = await self.client.get(address, params=query)
                if response.is_success:
                    page = response.json()
                    assert isinstance(page, dict)
                    return page
                assert response.status_code in {429, 503, 504}, response.text
            await asyncio.sleep(0.1)
        raise AssertionError

    def recorded(self) -> list[dict[str, Any]]:
        return [event for event in self.told if event["type"] == "repayment.recorded"]

    async def has_read_everything(self) -> None:
        async with asyncio.timeout(PUBLISHED_SECONDS):
            while len(self.recorded()) < REPAYMENTS:  # noqa: ASYNC110 - other processes publish
                await asyncio.sleep(0.2)
        await asyncio.sleep(2)  # what must not come would come now


@asynccontextmanager
async def beside(work: Any) -> AsyncIterator[asyncio.Task[None]]:
    """`work` until the end of the block; what it raised is raised there."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_each_repayment_is_applied_exactly_once(api: Api, killed_settings: Settings) -> None:
    chance = random.Random(SEED)  # noqa: S311 - no secret
    loans = await make_loans(api)
    orders = [Sent(loans[number % LOANS], f"debit-{number}", 100_00 + number) for number in range(REPAYMENTS)]
    headers = {"Authorization": f"Bearer {token(killed_settings, 'operator', regions=['84'])}"}
    waiting = iter(orders)

    with running(killed_settings) as (servers, worker):
        for server in servers:
            await server.until_ready()
        async with httpx.AsyncClient(headers=headers, timeout=40) as client:

            async def officer() -> None:
                for one in waiting:
                    await send(client, chance, servers, one)

            reader = Reader(client, servers)
            async with asyncio.timeout(LONGEST_SECONDS), beside(reader.follow()):
                async with beside(kill_at_random(chance, servers, worker)):
                    await asyncio.gather(*(officer() for _ in range(CLIENTS)))
                for process in (*servers, worker):
                    process.start_if_dead()
                await reader.has_read_everything()
            again = Reader(client, servers)
            async with asyncio.timeout(LONGEST_SECONDS), beside(again.follow()):
                await again.has_read_everything()
        deaths = [process.deaths for process in (*servers, worker)]
        cut = sum(one.tries - len(one.answers) for one in orders)

    assert min(deaths[:2]) >= 3, f"the servers were killed {deaths} times: too little to tell"
    assert cut > 20, "calls were cut, and sent again"
    assert_same_answers(orders)
    await assert_applied_once(api, orders)
    assert_clean(killed_settings)
    assert_in_order(reader.told)
    assert [event["id"] for event in reader.told] == [event["id"] for event in again.told]
    told = [(event["dossier"]["id"], event["subject_id"]) for event in reader.recorded()]
    assert Counter(told) == Counter((one.loan, one.answers[0]["id"]) for one in orders)
    assert_order_of_recording(told, await ranks(api))


def assert_same_answers(orders: list[Sent]) -> None:
    assert all(one.answers[0] == answer for one in orders for answer in one.answers)
    assert len({one.answers[0]["id"] for one in orders}) == REPAYMENTS


async def assert_applied_once(api: Api, orders: list[Sent]) -> None:
    async with api.database.of_all_tenants(read_only=True) as session:
        rows = (await session.execute(text("SELECT id, loan_id, amount_cents FROM loans.repayments"))).all()
        kinds = await session.execute(text("SELECT kind, count(*) FROM loans.journal_entries GROUP BY kind"))
        booked = {row.kind: row.count for row in kinds}
        kept = await session.execute(text("SELECT id, repaid_cents FROM loans.loans"))
        balances = {str(row.id): row.repaid_cents for row in kept}
    recorded = {str(row.id): (str(row.loan_id), row.amount_cents) for row in rows}
    assert recorded == {one.answers[0]["id"]: (one.loan, one.amount_cents) for one in orders}
    assert Counter(booked)["repayment"] == REPAYMENTS
    paid: defaultdict[str, int] = defaultdict(int)
    for one in orders:
        paid[one.loan] += one.amount_cents
    assert balances == paid


async def ranks(api: Api) -> dict[str, int]:
    """In which order the repayments of each loan were recorded."""
    async with api.database.of_all_tenants(read_only=True) as session:
        rows = await session.execute(text("SELECT id, recorded_rank FROM loans.repayments"))
        return {str(row.id): row.recorded_rank for row in rows}


def assert_in_order(told: list[dict[str, Any]]) -> None:
    """Every position once, from the first on; each dossier's versions one after the other."""
    assert [event["position"] for event in told] == list(range(1, len(told) + 1))
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for event in told:
        versions[event["dossier"]["id"]].append(event["dossier"]["version"])
    assert all(seen == sorted(set(seen)) for seen in versions.values())


def assert_order_of_recording(told: list[tuple[str, str]], ranks: dict[str, int]) -> None:
    by_loan: defaultdict[str, list[int]] = defaultdict(list)
    for loan, repayment in told:
        by_loan[loan].append(ranks[repayment])
    assert all(seen == sorted(seen) for seen in by_loan.values())


def assert_clean(settings: Settings) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
        "ESSOR_STATE": str(settings.state),
        "ESSOR_DATABASE_URL": str(settings.database_url),
    }
    proved = subprocess.run(
        [ESSOR, "ledger", "verify", "--json"], env=environment, capture_output=True, check=False, timeout=120
    )
    assert proved.returncode == 0, proved.stdout.decode() + proved.stderr.decode()
    proof = json.loads(proved.stdout)
    assert proof["loans"]["differences"] == []
    assert proof["loans"]["compared"]["entries"] == 2 + LOANS + REPAYMENTS
