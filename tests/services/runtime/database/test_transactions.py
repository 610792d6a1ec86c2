"""Transactions, and what becomes of requests when connections or the whole server go."""

import asyncio
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from services.runtime.database import transactions as database
from services.runtime.database.connection import fetch
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.problems import is_passing
from tests.api import Api, once


def operator(api: Api) -> httpx.AsyncClient:
    return api.as_("operator", regions=["84"])


async def scalar(api: Api, statement: str, **options: Any) -> Any:
    async with api.database.of_all_tenants(**options) as session:
        return (await session.execute(text(statement))).scalar_one()


async def test_a_reader_writes_nothing_and_sees_one_snapshot(scratch: Any) -> None:
    async with scratch(pool_size=1) as api:
        assert await scalar(api, "SHOW transaction_isolation", read_only=True) == "repeatable read"
        with pytest.raises(DBAPIError) as refused:
            await scalar(
                api, "INSERT INTO probe.deposits VALUES (gen_random_uuid(), 1) RETURNING 1", read_only=True
            )
        assert getattr(refused.value.orig, "sqlstate", None) == "25006"
        # The same connection serves the next writer, who waits for locks rather than failing.
        assert await scalar(api, "SHOW transaction_isolation") == "read committed"
        assert await scalar(api, "SHOW transaction_read_only") == "off"


async def test_a_request_given_up_leaves_nothing_and_its_connection_serves_the_next(scratch: Any) -> None:
    async with scratch(pool_size=1, request_seconds=0.4) as api:
        before = await scalar(api, "SELECT count(*) FROM probe.deposits")
        slow = {"amount_cents": 21, "seconds": 5}
        first = await operator(api).post("/v1/deposits", json=slow, headers=once())
        second = await operator(api).get("/v1/refusals/slow")
        assert (first.status_code, second.status_code) == (504, 504)
        done = await operator(api).post("/v1/deposits", json={"amount_cents": 21}, headers=once())
        assert done.status_code == 201
        assert await scalar(api, "SELECT count(*) FROM probe.deposits") == before + 1
        held = "SELECT count(*) FROM pg_locks JOIN pg_class ON oid = relation WHERE relname = 'deposits'"
        assert await scalar(api, held) == 0


async def test_a_caller_learns_soon_that_every_connection_is_taken(
    scratch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = database.POOL_WAIT_SECONDS
    assert usual < 5
    monkeypatch.setattr(database, "POOL_WAIT_SECONDS", 0.3)
    async with scratch(pool_size=1) as api, api.database.of_all_tenants() as session:
        await session.execute(text("SELECT 1"))
        started = time.monotonic()
        response = await operator(api).get("/v1/deposits")
        assert response.status_code == 503
        assert response.headers["retry-after"] == "2"
        assert time.monotonic() - started < usual


@pytest.mark.parametrize(
    ("setting", "then"),
    [
        ("idle_in_transaction_session_timeout", "SELECT 1"),
        ("statement_timeout", "SELECT pg_sleep(5)"),
    ],
)
async def test_a_transaction_that_the_server_ends_may_be_tried_again(
    scratch: Any, setting: str, then: str
) -> None:
    async def outlive(api: Api) -> None:
        async with api.database.of_all_tenants() as session:
            await session.execute(text(f"SET LOCAL {setting} = '100ms'"))
            await asyncio.sleep(0.4)
            await session.execute(text(then))

    async with scratch(pool_size=1) as api:
        with pytest.raises(DBAPIError) as ended:
            await outlive(api)
        assert is_passing(ended.value), ended.value
        assert (await operator(api).get("/v1/deposits")).status_code == 200


async def test_connections_that_the_server_closed_fail_no_request(scratch: Any) -> None:
    pid = "SELECT pg_backend_pid() FROM pg_sleep(0.05)"
    async with scratch(pool_size=3) as api, scratch(pool_size=1) as other:
        pids = await asyncio.gather(*(scalar(api, pid) for _ in range(3)))
        for gone in set(pids):
            assert await scalar(other, f"SELECT pg_terminate_backend({gone})")
        await asyncio.sleep(0.1)
        answers = await asyncio.gather(*(operator(api).get("/v1/deposits") for _ in range(6)))
        assert {answer.status_code for answer in answers} == {200}


def terminate(url: str, pid: int) -> None:
    """While this thread waits: its loop finds the server's last words and the end of it at once."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
        await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    thread.join()


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("statement", ["by the driver", "by SQLAlchemy", "COMMIT"])
async def test_a_farewell_between_two_statements_may_be_tried_again(
    scratch: Any, server_url: str, turns: int, statement: str
) -> None:
    """The last words and the end are two events: a statement may come between, and is not sent."""

    async def meet(api: Api) -> None:
        async with api.database.of_all_tenants() as session:
            [row] = await fetch(session, "SELECT pg_backend_pid() AS pid")
            terminate(server_url, row.pid)
            for _ in range(turns):
                await asyncio.sleep(0)
            if statement == "by the driver":
                await fetch(session, "SELECT 1")
            elif statement == "by SQLAlchemy":
                await session.execute(text("SELECT 1"))

    async with scratch(pool_size=1) as api:
        with pytest.raises((DBAPIError, database.DatabaseAwayError, asyncpg.InternalClientError)) as ended:
            await meet(api)
        assert is_passing(ended.value), ended.value
        assert (await operator(api).get("/v1/deposits")).status_code == 200


async def test_an_older_connection_is_replaced(scratch: Any) -> None:
    for life_seconds, is_kept in ((3_600, True), (1, False)):
        async with scratch(pool_size=1, connection_life_seconds=life_seconds) as api:
            first = await scalar(api, "SELECT pg_backend_pid()")
            await asyncio.sleep(1.1)
            assert (await scalar(api, "SELECT pg_backend_pid()") == first) is is_kept


@pytest.fixture
def server() -> Iterator[tuple[EmbeddedPostgres, Path]]:
    """A server of the test's own, always found through the same short link."""
    directory = Path(tempfile.mkdtemp(prefix="essor-away-"))
    directory.chmod(0o755)
    server = EmbeddedPostgres(directory / "state")
    yield server, directory / "here"
    server.stop()
    shutil.rmtree(directory)


def start(server: EmbeddedPostgres, link: Path) -> str:
    server.start()
    url = make_url(server.url)
    link.unlink(missing_ok=True)
    link.symlink_to(str(url.query["host"]))
    return url.set(query={"host": str(link)}).render_as_string(hide_password=False)


async def test_a_server_that_goes_and_comes_back(
    server: tuple[EmbeddedPostgres, Path], scratch: Any, probe_maker: Callable[[str], Awaitable[None]]
) -> None:
    postgres, link = server
    url = await asyncio.to_thread(start, postgres, link)
    await probe_maker(url)
    async with scratch(url=url) as api:
        assert (await operator(api).get("/v1/deposits")).json() == 0
        running = asyncio.create_task(
            operator(api).post("/v1/deposits", json={"amount_cents": 1, "seconds": 1}, headers=once())
        )
        await asyncio.sleep(0.3)
        await asyncio.to_thread(postgres.stop)
        for response in (await running, await operator(api).get("/v1/deposits")):
            assert (response.status_code, response.json()["code"]) == (503, "unavailable")
            assert response.headers["retry-after"] == "2"
        assert (await api.anonymous().get("/health")).status_code == 200
        ready = await api.anonymous().get("/ready")
        assert (ready.status_code, ready.json()["database"]) == (503, "unreachable")
        await asyncio.to_thread(start, postgres, link)
        assert (await operator(api).get("/v1/deposits")).json() == 0


async def test_a_server_that_takes_nobody_any_more(
    server: tuple[EmbeddedPostgres, Path], scratch: Any, probe_maker: Callable[[str], Awaitable[None]]
) -> None:
    """It ends once those that it has have left, and says so to who comes."""
    postgres, link = server
    url = await asyncio.to_thread(start, postgres, link)
    await probe_maker(url)
    async with scratch(url=url, pool_size=2) as api, api.database.of_all_tenants() as session:
        await fetch(session, "SELECT 1")
        postgres.child.send_signal(signal.SIGTERM)
        for _ in range(200):  # until it has heard
            response = await operator(api).get("/v1/deposits")
            if response.status_code != 200:
                break
            await asyncio.sleep(0.05)
        assert (response.status_code, response.json()["code"]) == (503, "unavailable")
        await fetch(session, "SELECT 1")
