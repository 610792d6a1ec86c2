"""The feed after the database was copied elsewhere, or put back to an earlier moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from services.loans.app import make_app
from services.runtime.database import roles as database_roles
from services.runtime.embedded_postgres.binaries import installed
from services.runtime.history.relay import relay
from services.runtime.settings import Settings
from tests.api import Api
from tests.conftest import make_database
from tests.services.loans.conftest import Json, Lending
from tests.services.loans.rest.test_events import end_of_feed, follow, page

NEWER_ONLY = "SET transaction_timeout"


@pytest.fixture
async def url(server_url: str, worker_id: str, tmp_path: Path) -> str:
    return await make_database(server_url, f"essor_feed_{worker_id}", tmp_path)


@asynccontextmanager
async def serving(url: str, state: Path) -> AsyncIterator[Lending]:
    settings = Settings(state=state, database_url=url, entrepreneur_key="a key for tests")
    async with Api.of(make_app(settings), settings) as api:
        yield Lending(api)


async def copy(url: str, name: str, state: Path) -> str:
    """As an operator would: `pg_dump`, then `psql` into an empty database."""
    tools, dump = installed().postgres.parent, state / "essor.sql"
    await run(tools / "pg_dump", "--file", dump, url)
    # What the newest pg_dump says of itself an older server does not know.
    kept = [line for line in dump.read_text().splitlines(keepends=True) if not line.startswith(NEWER_ONLY)]
    dump.write_text("".join(kept))
    target = await make_database(url, name, state, migrate=False)
    await run(tools / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", dump, target)
    await database_roles.ensure(target, Settings(state=state, database_url=target), "loans")
    return target


async def run(*arguments: str | Path) -> None:
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0


async def happen(lending: Lending, times: int) -> None:
    """Events that are told, published long enough ago that no clock is in doubt."""
    for _ in range(times):
        await lending.fund(contributions=())
    await relay(lending.api.database)
    async with lending.api.database.of_all_tenants() as session:
        older = text("UPDATE loans.outbox SET published_at = published_at - interval '1 hour'")
        await session.execute(older)


def ids(events: list[Json]) -> list[str]:
    return [event["id"] for event in events]


async def test_readers_of_a_copy_go_on_where_they_were(url: str, worker_id: str, tmp_path: Path) -> None:
    async with serving(url, tmp_path) as first:
        await happen(first, 3)
        place = await end_of_feed(first.operator)
        await first.fund(contributions=())  # committed, and not yet published when the copy is made
    elsewhere = await copy(url, f"essor_feed_copy_{worker_id}", tmp_path)
    async with serving(elsewhere, tmp_path) as second:
        await second.fund(contributions=())
        await relay(second.api.database)

        events = await follow(second.operator, place)

        assert [event["type"] for event in events] == ["fund.created", "fund.created"]
        assert [event["position"] for event in events] == [4, 5]


async def test_a_reader_ahead_of_a_restored_feed_is_told_where_to_resume(
    url: str, worker_id: str, tmp_path: Path
) -> None:
    async with serving(url, tmp_path) as lost:
        await happen(lost, 2)
        before = await follow(lost.operator, (await page(lost.operator, limit=1))["next"])
        kept = await end_of_feed(lost.operator)
        earlier = await copy(url, f"essor_feed_earlier_{worker_id}", tmp_path)
        await lost.fund(contributions=())
        await lost.fund(contributions=())
        await relay(lost.api.database)
        ahead = await end_of_feed(lost.operator)
    async with serving(earlier, tmp_path) as restored:

        async def resume() -> str:
            refused = await restored.operator.get("/v1/events", params={"after": ahead})
            assert (refused.status_code, refused.json()["code"]) == (410, "feed-restored")
            return str(refused.json()["resume_after"])

        assert await follow(restored.operator, kept) == []
        assert await follow(restored.operator, await resume()) == [], "the feed's end, as it now is"

        for _ in range(4):  # past the position that the reader had
            await restored.fund(contributions=())
        await relay(restored.api.database)
        events = await follow(restored.operator, await resume())

        assert ids(events) == ids(await follow(restored.operator, kept))
        assert len(events) == 4
        assert set(ids(events)).isdisjoint(ids(before))


async def test_where_clocks_are_in_doubt_events_come_again_rather_than_not_at_all(
    url: str, worker_id: str, tmp_path: Path
) -> None:
    async with serving(url, tmp_path) as lost:
        await lost.fund(contributions=())
        await relay(lost.api.database)
        earlier = await copy(url, f"essor_feed_earlier_{worker_id}", tmp_path)
        await lost.fund(contributions=())
        await relay(lost.api.database)
        ahead = await end_of_feed(lost.operator)
    async with serving(earlier, tmp_path) as restored:
        refused = await restored.operator.get("/v1/events", params={"after": ahead})
        events = await follow(restored.operator, refused.json()["resume_after"])
        assert [event["position"] for event in events] == [1]
