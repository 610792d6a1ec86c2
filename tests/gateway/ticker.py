"""A subgraph that streams over real HTTP, as the test tells it to, and a catalogue beside it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web
from asgi_lifespan import LifespanManager
from graphql import build_schema, execute_sync, parse, validate

from gateway.app import make_app
from gateway.settings import GatewaySettings
from tests.event_streams import WAIT_SECONDS, Subscriber, listening
from tests.gateway.conftest import SUPERGRAPHS
from tests.gateway.subgraph_servers import SubgraphServer, World, subgraph_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

FOLDER = SUPERGRAPHS / "ticker"
PRODUCTS = [
    {"__typename": "Product", "id": "P1", "name": "Tour", "maker": {"__typename": "Maker", "name": "Ada"}},
    {"__typename": "Product", "id": "P2", "name": "Perceuse", "maker": None},
]

Json = dict[str, Any]


@dataclass
class Telling:
    """One open stream at the subgraph."""

    asked: Json
    headers: Mapping[str, str]
    response: web.StreamResponse
    schema: Any
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, change: Json, *, event_id: str | None = None, **more: Any) -> None:
        """The asked fields of one price change, executed as the specification has it."""
        document = parse(self.asked["query"])
        assert not validate(self.schema, document), self.asked
        result = execute_sync(
            self.schema,
            document,
            root_value={"onPriceChange": change},
            variable_values=self.asked.get("variables"),
        )
        answer = {"data": result.data, **more}
        place = "" if event_id is None else f"id: {event_id}\n"
        await self.say(f"event: next\n{place}data: {orjson.dumps(answer).decode()}\n\n".encode())

    async def say(self, raw: bytes) -> None:
        await self.response.write(raw)

    async def complete(self) -> None:
        await self.say(b"event: complete\ndata:\n\n")
        self.over.set()

    def break_off(self) -> None:
        """As a killed process leaves it."""
        transport = self.response._req.transport
        assert transport is not None
        transport.abort()

    async def until_gone(self) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            await self.gone.wait()


class Ticker:
    """The streaming subgraph: `opened()` gives each stream that the gateway opens, in turn."""

    def __init__(self) -> None:
        self.refusal: web.Response | None = None
        self.refusal_in_parts: list[bytes] = []
        self.url = ""
        # The stand-in keys of federation are none of this server's matter.
        sdl = (FOLDER / "prices.graphql").read_text().split("\n\n", 1)[1]
        self._schema = build_schema(sdl.replace('@key(fields: "id", resolvable: false) ', ""))
        self._opened: asyncio.Queue[Telling] = asyncio.Queue()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/graphql", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/graphql"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def opened(self) -> Telling:
        async with asyncio.timeout(WAIT_SECONDS):
            return await self._opened.get()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        asked = orjson.loads(await request.read())
        if self.refusal is not None:
            return self.refusal
        if self.refusal_in_parts:
            return await self._refuse_in_parts(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        telling = Telling(asked, dict(request.headers), response, self._schema)
        await self._opened.put(telling)
        try:
            await telling.over.wait()
        finally:
            telling.gone.set()
        return response

    async def _refuse_in_parts(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for part in self.refusal_in_parts:
            await response.write(part)
            await asyncio.sleep(0.05)
        return response


@dataclass
class Tickers:
    """A gateway with a streaming subgraph and a catalogue, all listening."""

    subscriber: Subscriber
    ticker: Ticker
    catalogue: SubgraphServer
    supergraph: Path
    """A copy of its own, which the test may replace."""


@asynccontextmanager
async def tickers(**settings: Any) -> AsyncIterator[Tickers]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        supergraph = folder / "supergraph.graphql"
        supergraph.write_text((FOLDER / "supergraph.graphql").read_text())
        ticker = Ticker()
        await ticker.start()
        stack.push_async_callback(ticker.stop)
        world = World(records={"Product": PRODUCTS}, roots={"products": lambda _: PRODUCTS})
        catalogue = SubgraphServer(
            "catalogue", subgraph_schema((FOLDER / "catalogue.graphql").read_text(), world)
        )
        await catalogue.start()
        stack.push_async_callback(catalogue.stop)
        chosen = GatewaySettings(
            supergraph=supergraph,
            subgraph_urls={"PRICES": ticker.url, "CATALOGUE": catalogue.url},
            subgraph_key="a key of the tests",
            **settings,
        )
        app = make_app(chosen)
        await stack.enter_async_context(LifespanManager(app))
        address = await stack.enter_async_context(listening(app))
        ada = Subscriber(address, {"Authorization": "Bearer of-ada"})
        yield Tickers(ada, ticker, catalogue, supergraph)
