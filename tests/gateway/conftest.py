"""Servers of the gateway's tests: real subgraphs on free ports, and a gateway before them."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from asgi_lifespan import LifespanManager

from gateway.app import make_app
from gateway.settings import GatewaySettings
from tests.gateway.shop import GRAPHS, make_shop
from tests.gateway.subgraph_servers import SubgraphServer, World, subgraph_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

SUPERGRAPHS = Path(__file__).parent / "supergraphs"


@dataclass
class FederatedGraph:
    """A gateway and its subgraphs, all answering."""

    client: httpx.AsyncClient
    subgraphs: dict[str, SubgraphServer]

    async def ask(self, query: str, variables: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """The answer, without the request's id, which every error must carry."""
        content = {"query": query, **({"variables": variables} if variables is not None else {}), **more}
        response = await self.client.post("/graphql", json=content)
        answer: dict[str, Any] = response.json()
        for error in answer.get("errors", ()):
            assert error["extensions"].pop("requestId") == response.headers["x-request-id"]
            if not error["extensions"]:
                del error["extensions"]
        return answer

    @property
    def requests(self) -> list[tuple[str, str]]:
        """All that was asked of subgraphs: (name, text)."""
        return [(name, each["query"]) for name, server in self.subgraphs.items() for each in server.requests]


def read_subgraphs(folder: Path) -> dict[str, str]:
    """The SDL of each subgraph beside a composed supergraph, by name."""
    files = sorted(file for file in folder.glob("*.graphql") if file.stem != "supergraph")
    return {file.stem: file.read_text() for file in files}


@asynccontextmanager
async def federated(folder: Path, world: World, **settings: Any) -> AsyncIterator[FederatedGraph]:
    async with AsyncExitStack() as stack:
        servers: dict[str, SubgraphServer] = {}
        for name, sdl in read_subgraphs(folder).items():
            servers[name] = SubgraphServer(name, subgraph_schema(sdl, world))
            await servers[name].start()
            stack.push_async_callback(servers[name].stop)
        served = {
            "supergraph": folder / "supergraph.graphql",
            "subgraph_urls": {name.upper(): server.url for name, server in servers.items()},
        }
        chosen = GatewaySettings(**{**served, **settings})
        app = make_app(chosen)
        await stack.enter_async_context(LifespanManager(app))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://gateway")
        )
        yield FederatedGraph(client, servers)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def shop() -> AsyncIterator[FederatedGraph]:
    async with federated(SUPERGRAPHS / "shop", make_shop()) as graph:
        assert sorted(graph.subgraphs) == sorted(GRAPHS)
        yield graph


@pytest.fixture
def start_shop() -> Callable[..., Any]:
    """A shop whose gateway has settings of the test's choice."""
    return lambda **settings: federated(SUPERGRAPHS / "shop", make_shop(), **settings)
