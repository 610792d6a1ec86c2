import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from services.runtime.privacy import expiry
from services.runtime.privacy.expiry import purge_idempotency_keys
from services.runtime.settings import Settings
from services.runtime.worker import Duty, duties, work
from tests.api import Api

MONTH = timedelta(days=30)


async def remember(api: Api, client: str, age: timedelta, count: int) -> None:
    table = api.database.idempotency_keys
    async with api.database.of_all_tenants() as session:
        await session.execute(
            insert(table),
            [
                {
                    "client": client,
                    "method": "POST",
                    "path": "/v1/deposits",
                    "key": str(number),
                    "fingerprint": bytes(32),
                    "role": "operator",
                    "regions": [],
                }
                for number in range(count)
            ],
        )
        older = text(
            "UPDATE probe.idempotency_keys SET created_at = now() - CAST(:age AS interval)"
            " WHERE client = :client"
        )
        await session.execute(older, {"age": age, "client": client})


async def kept(api: Api, client: str) -> int:
    async with api.database.of_all_tenants(read_only=True) as session:
        query = text("SELECT count(*) FROM probe.idempotency_keys WHERE client = :client")
        return int((await session.execute(query, {"client": client})).scalar_one())


async def test_keys_expire_after_their_time_and_no_sooner(
    probe: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "ROWS_AT_ONCE", 10)
    await remember(probe, "old", MONTH + timedelta(seconds=1), 25)
    await remember(probe, "recent", MONTH - timedelta(minutes=5), 3)
    assert await purge_idempotency_keys(probe.database, MONTH) == 25
    assert (await kept(probe, "old"), await kept(probe, "recent")) == (0, 3)


async def test_two_workers_at_once_do_not_wait_for_each_other(probe: Api) -> None:
    await remember(probe, "shared", MONTH * 2, 50)
    removed = await asyncio.gather(*(purge_idempotency_keys(probe.database, MONTH) for _ in range(2)))
    assert sum(removed) == 50
    assert await kept(probe, "shared") == 0


async def test_a_worker_goes_round_until_it_is_stopped(probe: Api) -> None:
    stop = asyncio.Event()
    settings = Settings(worker_seconds=0.05)
    worker = asyncio.create_task(work(duties(probe.database, settings), stop))
    for client in ("first round", "later round"):
        await remember(probe, client, MONTH * 2, 1)
        async with asyncio.timeout(60):
            while await kept(probe, client):  # noqa: ASYNC110 - it is the database that is watched
                await asyncio.sleep(0.02)
    stop.set()
    async with asyncio.timeout(60):
        await worker


async def test_a_round_that_would_not_end_is_cut_and_leaves_what_it_had_committed(probe: Api) -> None:
    """As the closes of three years would be: a small transaction after the other."""
    stop, seconds = asyncio.Event(), 0.5
    begun = asyncio.Event()

    async def go_on() -> int:
        number = 0
        while True:
            number += 1
            await remember(probe, f"cut {number}", timedelta(0), 1)
            begun.set()

    cut = Duty("go-on", "probe", 60, go_on)
    worker = asyncio.create_task(work([cut], stop, stop_seconds=seconds))
    async with asyncio.timeout(60):
        await begun.wait()
        stop.set()
        asked_at = asyncio.get_running_loop().time()
        await worker
    assert asyncio.get_running_loop().time() - asked_at >= seconds, "a round may finish"
    assert await kept(probe, "cut 1") == 1


async def test_a_round_that_ends_in_time_is_not_cut(probe: Api) -> None:
    stop, begun, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def finish() -> int:
        begun.set()
        await go.wait()
        done.set()
        return 1

    worker = asyncio.create_task(work([Duty("finish", "probe", 60, finish)], stop, stop_seconds=60))
    async with asyncio.timeout(60):
        await begun.wait()
        stop.set()
        await asyncio.sleep(0)
        assert not worker.done()
        go.set()
        await worker
    assert done.is_set()
