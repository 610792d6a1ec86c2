"""SIGTERM: what runs is finished, what is new is refused, and the process leaves with 0."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url

from services.runtime.database.roles import service_url
from services.runtime.processes.children import Child
from services.runtime.settings import Settings
from tests.api import once, token
from tests.factories.capital import version
from tests.journeys.conftest import Essor, free_port, run, wait_until_ready

# Of this lock's own: other tests share the server, and wait for theirs.
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
FUND = {"region": "84", "opened_on": "2020-01-01"}
SCHEME = {"region": "84", "version": version()}
QUERY = {"query": '{ region(code: "84") { loanFunds { name } topUpSchemes { name } } }'}


class Held:
    """A lock on tables, which makes whoever needs them wait as a slow query would."""

    def __init__(self, connection: asyncpg.Connection, transaction: asyncpg.transaction.Transaction) -> None:
        self._connection, self._transaction = connection, transaction

    async def keeps_somebody(self) -> None:
        async with asyncio.timeout(60):
            while not await self._connection.fetchval(WAITING):  # noqa: ASYNC110 - another's server is asked
                await asyncio.sleep(0.02)

    async def release(self) -> None:
        await self._transaction.rollback()


@asynccontextmanager
async def held(settings: Settings, *tables: str) -> AsyncIterator[Held]:
    url = make_url(str(settings.database_url)).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    try:
        yield Held(connection, transaction)
    finally:
        await connection.close()


def bearer(settings: Settings, role: str = "operator") -> dict[str, str]:
    return {"Authorization": f"Bearer {token(settings, role, regions=['84'])}"}


async def is_refused(address: str) -> bool:
    """A new connection: refused by the system, or told to come back."""
    async with httpx.AsyncClient() as client:
        try:
            answer = await client.get(f"{address}/health")
        except httpx.TransportError:
            return True
    return answer.status_code == 503 and "retry-after" in answer.headers


async def check_stop(
    child: Child, address: str, lock: Held, asked: "asyncio.Task[httpx.Response]"
) -> httpx.Response:
    await lock.keeps_somebody()
    child.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        while not await is_refused(address):  # noqa: ASYNC110 - another process is asked
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    assert child.poll() is None, "it has left a request behind"
    assert not asked.done()
    await lock.release()
    answer = await asked
    assert await asyncio.to_thread(child.wait, 60) == 0
    return answer


@pytest.mark.parametrize(
    ("service", "path", "body", "table", "workers"),
    [
        ("loans", "/funds", FUND, "loans.funds", "1"),
        ("loans", "/funds", FUND, "loans.funds", "2"),
        pytest.param("capital", "/schemes", SCHEME, "capital.schemes", "1", marks=pytest.mark.long),
    ],
)
async def test_a_service_finishes_what_runs(
    journeys_settings: Settings, service: str, path: str, body: dict[str, Any], table: str, workers: str
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    database = {f"ESSOR_{service.upper()}_DATABASE_URL": service_url(service, journeys_settings)}
    with ExitStack() as stack:
        arguments = ("serve", service, "--port", str(port), "--workers", workers)
        child = run(stack, journeys_settings, *arguments, **database)
        wait_until_ready(address)
        async with (
            held(journeys_settings, table) as lock,
            httpx.AsyncClient(headers=bearer(journeys_settings), timeout=30) as client,
        ):
            asked = asyncio.create_task(
                client.post(f"{address}/v1{path}", json={**body, "name": str(uuid4())}, headers=once())
            )
            answer = await check_stop(child, address, lock, asked)
    assert answer.status_code == 201
    assert answer.json()["id"]


async def test_the_gateway_finishes_what_runs(essor: Essor) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    services = {
        "ESSOR_SUBGRAPH_LOANS_URL": f"{essor.loans[0]}/graphql",
        "ESSOR_SUBGRAPH_CAPITAL_URL": f"{essor.capital[0]}/graphql",
        "ESSOR_IDENTITY_DATABASE_URL": service_url("identity", essor.settings),
    }
    with ExitStack() as stack:
        child = run(stack, essor.settings, "serve", "gateway", "--port", str(port), **services)
        wait_until_ready(address)
        async with (
            held(essor.settings, "loans.funds", "capital.schemes") as lock,
            httpx.AsyncClient(headers=bearer(essor.settings, "partner"), timeout=30) as client,
        ):
            asked = asyncio.create_task(client.post(f"{address}/graphql", json=QUERY))
            answer = await check_stop(child, address, lock, asked)
    assert answer.status_code == 200
    assert "errors" not in answer.json()


async def test_the_worker_finishes_its_round(journeys_settings: Settings) -> None:
    urls = {
        f"ESSOR_{service.upper()}_DATABASE_URL": service_url(service, journeys_settings)
        for service in ("loans", "capital")
    }
    with ExitStack() as stack:
        async with held(journeys_settings, "loans.idempotency_keys") as lock:
            child = run(stack, journeys_settings, "worker", **urls)
            await lock.keeps_somebody()
            child.send_signal(signal.SIGTERM)
            await asyncio.sleep(1)
            assert child.poll() is None, "it has left a round behind"
            await lock.release()
            assert await asyncio.to_thread(child.wait, 60) == 0


@pytest.mark.parametrize("server", ["loans", pytest.param("gateway", marks=pytest.mark.long)])
async def test_a_server_that_does_nothing_leaves_at_once(essor: Essor, server: str) -> None:
    port = free_port()
    schema = "identity" if server == "gateway" else server
    database = {f"ESSOR_{schema.upper()}_DATABASE_URL": service_url(schema, essor.settings)}
    with ExitStack() as stack:
        child = run(stack, essor.settings, "serve", server, "--port", str(port), **database)
        wait_until_ready(f"http://127.0.0.1:{port}", path="/health")
        # A connection that is kept alive is no request.
        async with httpx.AsyncClient() as idle:
            await idle.get(f"http://127.0.0.1:{port}/health")
            child.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(child.wait, 5) == 0
