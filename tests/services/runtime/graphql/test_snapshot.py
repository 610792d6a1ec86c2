"""The one transaction of a query's reads: what ends it, and that its connection always comes back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Role
from services.runtime.database.transactions import Database, DatabaseAwayError
from services.runtime.graphql.snapshot import Snapshot
from services.runtime.settings import Settings
from tests.api import Api
from tests.services.runtime.conftest import Scratch, metadata

PARTNER = Caller(Role.PARTNER, "tests", frozenset({"84"}))


def scalar(statement: str) -> Any:
    async def query(session: AsyncSession) -> Any:
        return await session.scalar(text(statement))

    return query


def sleep(seconds: float, begun: asyncio.Event) -> Any:
    async def query(session: AsyncSession) -> None:
        begun.set()
        await session.execute(text(f"SELECT pg_sleep({seconds})"))

    return query


MOMENT = scalar("SELECT now()")
"""Of the transaction's beginning."""


@pytest.fixture
async def database(scratch: Scratch) -> AsyncIterator[Database]:
    """With one connection: whoever keeps it, or waits for a second one, is found out."""
    async with scratch(pool_size=1) as api:
        yield api.database


def taken(database: Database) -> int:
    return cast("Any", database.engine.pool).checkedout()  # type: ignore[no-any-return]


async def test_reads_side_by_side_are_of_one_transaction(database: Database) -> None:
    async with Snapshot(database, PARTNER) as snapshot:
        together = await asyncio.gather(*(snapshot.read(MOMENT) for _ in range(5)))
        later = await snapshot.read(MOMENT)

    assert {*together, later} == {later}
    assert taken(database) == 0


async def test_what_is_written_meanwhile_is_not_seen(scratch: Scratch, probe: Api) -> None:
    count = scalar("SELECT count(*) FROM probe.deposits")
    async with scratch(pool_size=1) as api:
        async with Snapshot(api.database, PARTNER) as snapshot:
            before = await snapshot.read(count)
            async with probe.database.of_all_tenants() as writer:
                await writer.execute(text("INSERT INTO probe.deposits VALUES (gen_random_uuid(), 1)"))
            assert await snapshot.read(count) == before
        async with Snapshot(api.database, PARTNER) as snapshot:
            assert await snapshot.read(count) == before + 1


async def test_a_query_without_reads_takes_no_connection(database: Database) -> None:
    async with database.of_all_tenants() as session, Snapshot(database, PARTNER):
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_read_that_fails_leaves_the_others_theirs(database: Database) -> None:
    async with Snapshot(database, PARTNER) as snapshot:
        first = await snapshot.read(MOMENT)
        wrong, right = await asyncio.gather(
            snapshot.read(scalar("SELECT 1 / 0")), snapshot.read(MOMENT), return_exceptions=True
        )
        again = await snapshot.read(MOMENT)

    assert isinstance(wrong, DBAPIError)
    assert first < right == again
    assert taken(database) == 0


async def test_a_read_given_up_gives_its_connection_back(database: Database) -> None:
    async with Snapshot(database, PARTNER) as snapshot:
        begun = asyncio.Event()
        slow = asyncio.create_task(snapshot.read(sleep(60, begun)))
        queued = asyncio.create_task(snapshot.read(MOMENT))
        await begun.wait()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        assert await queued is not None

    assert taken(database) == 0


async def test_a_read_that_outlives_the_answer_ends_its_transaction(database: Database) -> None:
    begun = asyncio.Event()
    async with Snapshot(database, PARTNER) as snapshot:
        left = [asyncio.create_task(snapshot.read(sleep(0.1, begun))) for _ in range(2)]
        await begun.wait()
    assert taken(database) == 1
    await asyncio.gather(*left)

    assert taken(database) == 0


async def test_an_answer_given_up_gives_its_connection_back(database: Database) -> None:
    has_read = asyncio.Event()

    async def answer() -> None:
        async with Snapshot(database, PARTNER) as snapshot:
            await snapshot.read(MOMENT)
            has_read.set()
            await asyncio.sleep(60)

    answering = asyncio.create_task(answer())
    await has_read.wait()
    assert taken(database) == 1
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering

    assert taken(database) == 0


async def test_a_database_that_is_away_is_asked_once() -> None:
    database = Database("postgresql://essor@127.0.0.1:1/essor", Settings(), metadata=metadata)
    tries: list[object] = []
    event.listen(database.engine.sync_engine, "do_connect", lambda *given: tries.append(given[1]))
    async with Snapshot(database, PARTNER) as snapshot:
        refused = await asyncio.gather(*(snapshot.read(MOMENT) for _ in range(3)), return_exceptions=True)

    assert [type(error) for error in refused] == [DatabaseAwayError] * 3
    assert len(tries) == 1
