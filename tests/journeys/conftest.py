"""Essor as users meet it: servers in processes of their own, called over HTTP."""

import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.runtime.database.roles import service_url
from services.runtime.processes.children import Child, start_child, stop_child
from services.runtime.settings import REPOSITORY, Settings
from tests.api import once, token
from tests.conftest import make_database

READY_SECONDS = 60
STOP = ((signal.SIGTERM, 20.0),)


@dataclass
class Essor:
    """Addresses of running servers; `loans` and `capital` may be several processes of each."""

    settings: Settings
    loans: list[str] = field(default_factory=list)
    capital: list[str] = field(default_factory=list)
    gateway: str = ""

    @asynccontextmanager
    async def as_(self, role: str, **who: Any) -> AsyncIterator["Caller"]:
        headers = {"Authorization": f"Bearer {token(self.settings, role, **who)}"}
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            yield Caller(self, client)


@dataclass
class Caller:
    essor: Essor
    client: httpx.AsyncClient

    async def post(
        self, service: str, path: str, body: Any, *, process: int = 0, key: str | None = None
    ) -> Any:
        """The JSON of a call that succeeds."""
        response = await self.send(service, path, body, process=process, key=key)
        assert response.is_success, response.text
        return response.json()

    async def send(
        self, service: str, path: str, body: Any, *, process: int = 0, key: str | None = None
    ) -> httpx.Response:
        base = getattr(self.essor, service)[process]
        return await self.client.post(f"{base}/v1{path}", json=body, headers=once(key))

    async def get(self, service: str, path: str) -> Any:
        response = await self.client.get(f"{getattr(self.essor, service)[0]}/v1{path}")
        assert response.is_success, response.text
        return response.json()

    async def graphql(self, query: str, **variables: Any) -> Any:
        """The data of a query that has no error."""
        body = {"query": query, "variables": variables}
        response = await self.client.post(f"{self.essor.gateway}/graphql", json=body)
        answer = response.json()
        assert response.is_success, answer
        assert "errors" not in answer, answer
        return answer["data"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
async def journeys_settings(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    state = tmp_path_factory.mktemp("journeys")
    url = await make_database(server_url, f"essor_journeys_{worker_id}", state)
    return Settings(state=state, database_url=url, entrepreneur_key="a key for journeys")


@pytest.fixture(scope="session")
def essor(journeys_settings: Settings) -> Iterator[Essor]:
    """Two processes of each service and one gateway, on a database of their own."""
    running = Essor(journeys_settings)
    with ExitStack() as stack:
        for service in ("loans", "capital"):
            for _ in range(2):
                getattr(running, service).append(serve(stack, journeys_settings, service))
        running.gateway = serve(
            stack,
            journeys_settings,
            "gateway",
            ESSOR_SUBGRAPH_LOANS_URL=f"{running.loans[0]}/graphql",
            ESSOR_SUBGRAPH_CAPITAL_URL=f"{running.capital[0]}/graphql",
        )
        for address in (*running.loans, *running.capital, running.gateway):
            wait_until_ready(address)
        yield running


def serve(stack: ExitStack, settings: Settings, server: str, **more: str) -> str:
    """Starts `essor serve` and gives its address; it stops with the stack, or with this process."""
    port = free_port()
    schema = "identity" if server == "gateway" else server
    more.setdefault(f"ESSOR_{schema.upper()}_DATABASE_URL", service_url(schema, settings))
    run(stack, settings, "serve", server, "--port", str(port), **more)
    return f"http://127.0.0.1:{port}"


def run(stack: ExitStack, settings: Settings, *arguments: str, **more: str) -> Child:
    """Starts a command of `essor` that stays; it stops with the stack, or with this process."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
        "ESSOR_STATE": str(settings.state),
        "ESSOR_ENTREPRENEUR_KEY": str(settings.entrepreneur_key),
        "ESSOR_RATE_BURST": "1000000",  # tests call faster than people; those of the rates set their own
        "ESSOR_ANONYMOUS_RATE_BURST": "1000000",
        **more,
    }
    name = "-".join(word for word in arguments if word not in {"serve", "--port"})
    log = (Path(settings.state) / f"{name}.log").open("wb")
    stack.callback(log.close)
    child = start_child(
        [str(Path(sys.executable).parent / "essor"), *arguments],
        death_signal=signal.SIGKILL,
        environment=environment,
        directory=REPOSITORY,
        stdout=log,
        stderr=log,
    )
    stack.callback(stop_child, child, signals=STOP)
    return child


def wait_until_alive(address: str, path: str = "/health") -> None:
    """For a server that can never be ready, because what it needs is away."""
    wait_until_ready(address, path=path)


def wait_until_ready(address: str, path: str = "/ready") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            response = httpx.get(f"{address}{path}", timeout=5)
        except httpx.TransportError:
            response = None
        if response is not None and response.is_success:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{address} is not ready: {response.text if response else 'no answer'}")
        time.sleep(0.1)
