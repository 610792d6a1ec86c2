"""Back offices that follow the events of their dossiers through the gateway, while a service is killed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from services.capital.persistence.tables import metadata as capital_metadata
from services.loans.persistence.tables import metadata as loans_metadata
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.history.relay import relay
from services.runtime.processes.children import Child
from services.runtime.settings import Settings
from tests.api import token
from tests.event_streams import WAIT_SECONDS, Subscriber
from tests.factories.capital import new_siren, siret_of
from tests.journeys.conftest import Caller, Essor, free_port, run, wait_until_ready

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

METADATA = {"loans": loans_metadata, "capital": capital_metadata}
REPAYMENTS = 15
EVENTS = """subscription ($after: String) { onLoanEvent(after: $after) {
  id cursor type dossier { kind id } loan { id cae { siren topUps(first: 1) { totalCount } } } } }"""


@dataclass
class Servers:
    """A gateway of its own, before a loans service that is killed; others write through another process."""

    essor: Essor
    stack: ExitStack
    port: int = field(default_factory=free_port)
    gateway: str = ""
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.essor.settings

    def start_loans(self) -> None:
        url = service_url("loans", self.settings)
        arguments = ("serve", "loans", "--port", str(self.port))
        self.children["loans"] = run(self.stack, self.settings, *arguments, ESSOR_LOANS_DATABASE_URL=url)
        wait_until_ready(f"http://127.0.0.1:{self.port}")

    def start_gateway(self) -> None:
        port = free_port()
        self.gateway = f"http://127.0.0.1:{port}"
        addresses = {
            "ESSOR_SUBGRAPH_LOANS_URL": f"http://127.0.0.1:{self.port}/graphql",
            "ESSOR_SUBGRAPH_CAPITAL_URL": f"{self.essor.capital[0]}/graphql",
            "ESSOR_IDENTITY_DATABASE_URL": service_url("identity", self.settings),
        }
        arguments = ("serve", "gateway", "--port", str(port))
        self.children["gateway"] = run(self.stack, self.settings, *arguments, **addresses)
        wait_until_ready(self.gateway)

    def kill_loans(self) -> None:
        os.kill(self.children["loans"].pid, signal.SIGKILL)
        self.children["loans"].wait(10)

    def by(self, role: str, **who: Any) -> Subscriber:
        return Subscriber(self.gateway, {"Authorization": f"Bearer {token(self.settings, role, **who)}"})


@pytest.fixture(scope="module")
def servers(essor: Essor) -> Iterator[Servers]:
    with ExitStack() as stack:
        servers = Servers(essor, stack)
        servers.start_loans()
        servers.start_gateway()
        yield servers


@asynccontextmanager
async def publishing(settings: Settings, service: str = "loans") -> AsyncIterator[None]:
    """What the worker does, in this process."""
    database = Database(service_url(service, settings), settings, metadata=METADATA[service])

    async def publish() -> None:
        while True:
            await relay(database)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(publish())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await database.close()


async def make_loan(operator: Caller, fund: str, siren: str) -> str:
    asked = {
        "fund_id": fund,
        "cae": {"siret": siret_of(siren), "name": "Graines d'Activité"},
        "entrepreneur": {
            "reference": "E1",
            "given_name": "Inès",
            "family_name": "Maître",
            "contract": {"kind": "CESA", "started_on": "2019-05-15"},
        },
        "bank": {"iban": "FR76 3000 6000 0112 3456 7890 189", "holder": "Inès Maître"},
        "amount_cents": 6_000_00,
        "months": 24,
        "grace_months": 0,
        "purpose": "Un four",
    }
    application = (await operator.post("loans", "/applications", asked, process=1))["id"]
    held = {"held_on": "2024-01-10", "present": [], "stood_aside": [], "votes_for": 3, "votes_against": 0}
    held["present"] = [{"name": name, "organisation": "France Active"} for name in ("Ada", "Léo", "Zoé")]
    steps = {
        "review": {},
        "decision": {"outcome": "approved", "committee": held},
        "signature": {"signed_on": "2024-01-20"},
        "disbursement": {"disbursed_on": "2024-01-31", "reference": "VIR-1"},
    }
    for step, body in steps.items():
        made = await operator.post("loans", f"/applications/{application}/{step}", body, process=1)
    return str(made["id"])


async def make_fund(operator: Caller) -> str:
    body = {"region": "84", "name": f"Fonds {new_siren()}", "opened_on": "2020-01-01", "settings": {}}
    fund = str((await operator.post("loans", "/funds", body, process=1))["id"])
    funder = {"siren": "200053767", "name": "Région Auvergne-Rhône-Alpes", "kind": "region"}
    paid = {"funder": funder, "convention": "C-1", "amount_cents": 80_000_00, "paid_on": "2020-01-01"}
    await operator.post("loans", f"/funds/{fund}/contributions", paid, process=1)
    return fund


@dataclass
class BackOffice:
    """Follows its CAE's events, and comes back with its cursor whenever its stream ends."""

    siren: str
    subscriber: Subscriber
    cursor: str
    told: list[dict[str, Any]] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)

    async def follow(self, count: int) -> None:
        while len(self.told) < count:
            async with self.subscriber.stream(EVENTS, last_event_id=self.cursor) as stream:
                with suppress(EOFError, httpx.TransportError):
                    await self._take(stream, count)

    async def _take(self, stream: Any, count: int) -> None:
        while len(self.told) < count:
            event = await stream.event()
            if event.name == "complete":
                await asyncio.sleep(0.1)
                return
            if event.id is None:
                self.endings.append(event.error["extensions"]["code"])
                continue
            assert "errors" not in event.answer, event.answer
            self.told.append(event.answer["data"]["onLoanEvent"])
            self.cursor = event.id


async def feed_of(essor: Essor, siren: str) -> list[str]:
    events: list[str] = []
    after = ""
    async with essor.as_("cae", siren=siren) as cae:
        while True:
            page = await cae.get("loans", f"/events?limit=100{after}")
            events += [event["id"] for event in page["items"]]
            after = f"&after={page['next']}"
            if not page["items"]:
                return events


async def test_two_back_offices_follow_their_own_events_while_a_service_is_killed(servers: Servers) -> None:
    essor, sirens = servers.essor, (new_siren(), new_siren())
    expected = 5 + REPAYMENTS
    async with essor.as_("operator", regions=["84"]) as operator, publishing(essor.settings):
        start = (await operator.graphql("{ loanEventsCursor(fromStart: true) }"))["loanEventsCursor"]
        offices = [BackOffice(siren, servers.by("cae", siren=siren), start) for siren in sirens]
        fund = await make_fund(operator)

        async def live(siren: str) -> None:
            loan = await make_loan(operator, fund, siren)
            for number in range(REPAYMENTS):
                paid = {"amount_cents": 100_00 + number, "paid_on": "2024-03-01", "method": "transfer"}
                body = {**paid, "reference": f"R{number}"}
                await operator.post("loans", f"/loans/{loan}/repayments", body, process=1)

        async def kill_and_start() -> None:
            while any(len(office.told) < 3 for office in offices):  # noqa: ASYNC110 - streams are watched
                await asyncio.sleep(0.01)
            servers.kill_loans()
            await asyncio.to_thread(servers.start_loans)

        async with asyncio.timeout(4 * WAIT_SECONDS):
            await asyncio.gather(
                *(office.follow(expected) for office in offices), *map(live, sirens), kill_and_start()
            )

    for office in offices:
        assert [event["id"] for event in office.told] == await feed_of(essor, office.siren)
        assert office.endings, "its stream has been cut, and it was told where to go on"
        loans = [event["loan"] for event in office.told if event["dossier"]["kind"] == "loan"]
        assert len(loans) == 1 + REPAYMENTS
        # The loan comes from one service and its CAE's top-ups from the other, with the office's rights.
        assert {loan["cae"]["siren"] for loan in loans} == {office.siren}
        assert {loan["cae"]["topUps"]["totalCount"] for loan in loans} == {0}


@pytest.mark.parametrize(
    ("stopped", "code"), [("loans", "service-stopping"), ("gateway", "GATEWAY_STOPPING")]
)
async def test_a_stop_ends_streams_and_waits_for_none(servers: Servers, stopped: str, code: str) -> None:
    query = "subscription ($after: String) { onLoanEvent(after: $after) { id } }"
    async with servers.essor.as_("operator", regions=["84"]) as operator, publishing(servers.settings):
        after = (await operator.graphql("{ loanEventsCursor }"))["loanEventsCursor"]
        async with servers.by("operator", regions=["84"]).stream(query, after=after) as stream:
            await make_fund(operator)
            told = (await stream.events(2))[-1]
            reading = asyncio.create_task(stream.end())
            child = servers.children[stopped]
            child.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(child.wait, WAIT_SECONDS) == 0
            extensions = (await reading).error["extensions"]

    await asyncio.to_thread(getattr(servers, f"start_{stopped}"))
    assert extensions["code"] == code
    assert told.id in {extensions.get("resumeAfter"), extensions.get("facts", {}).get("resume_after")}
