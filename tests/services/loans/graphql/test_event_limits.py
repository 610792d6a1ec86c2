"""What streams cost, how many there may be, and what ends them: each with settings of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from services.loans.app import make_app
from services.runtime.settings import Settings
from services.runtime.tokens.reading import LocalIssuer, local_issuer
from tests.api import Api
from tests.conftest import make_database
from tests.event_streams import WAIT_SECONDS, listening
from tests.factories.capital import new_siren
from tests.services.loans.conftest import Lending
from tests.services.loans.graphql.test_events import EVENTS, Following
from tests.statements import recorded

LOOK = "SELECT loans.feed.position"


@asynccontextmanager
async def following(settings: Settings, **changed: Any) -> AsyncIterator[Following]:
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(Api.of(make_app(settings.model_copy(update=changed)), settings))
        address = await stack.enter_async_context(listening(api.app))
        yield Following(address, Lending(api))


async def test_streams_of_a_client_and_of_a_process_are_limited(settings: Settings) -> None:
    async with following(settings, streams_of_client=1, streams_of_process=2) as here:
        one, other, third = (here.by("operator", regions=["84"], client=name) for name in "abc")
        async with one.stream(EVENTS):
            async with one.opened(EVENTS) as refused:
                content = (await refused.aread()).decode()
                assert (refused.status_code, '"code":"too-many-streams"' in content) == (429, True)
            async with other.stream(EVENTS), third.opened(EVENTS) as refused:
                assert refused.status_code == 429
        async with asyncio.timeout(WAIT_SECONDS):  # once the first has ended, its place is free
            while True:
                async with one.opened(EVENTS) as again:
                    if again.status_code == 200:
                        return
                await asyncio.sleep(0.05)


async def test_many_streams_cost_one_look(settings: Settings) -> None:
    """Idle, nothing but the looks; at an event, one read more for all that see the same, none for others."""
    many = {"streams_of_client": 1_000, "stream_poll_seconds": 0.1, "stream_keep_alive_seconds": 600}
    async with following(settings, **many) as here, AsyncExitStack() as stack:
        after = await here.end()
        seeing = [
            await stack.enter_async_context(here.operator.stream(EVENTS, after=after)) for _ in range(40)
        ]
        for _ in range(40):
            stranger = here.by("cae", siren=new_siren())
            await stack.enter_async_context(stranger.stream(EVENTS, after=await here.start()))
        await here.lending.fund(contributions=())
        await here.publish()
        await asyncio.gather(*(stream.event() for stream in seeing))  # all have read, and wait

        with recorded(here.lending.api.database) as statements:
            async with asyncio.timeout(WAIT_SECONDS):
                while len(statements) < 5:  # noqa: ASYNC110 - what a server asks is counted
                    await asyncio.sleep(0.02)
            assert all(statement.startswith(LOOK) for statement in statements), statements

        await here.lending.fund(contributions=())
        with recorded(here.lending.api.database) as statements:
            await here.publish()
            await asyncio.gather(*(stream.event() for stream in seeing))
        reads = [statement for statement in statements if "loans.outbox.version" in statement]
        assert 1 <= len(reads) <= 3, "the page after the event, perhaps the one before its look"


@pytest.fixture
async def lone(server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A database of its own, which may be closed to all."""
    state = tmp_path_factory.mktemp("lone")
    url = await make_database(server_url, f"essor_lone_{worker_id}", state)
    return Settings(state=state, database_url=url, entrepreneur_key="a key for tests")


async def test_a_stream_ends_once_its_token_is_accepted_no_more(lone: Settings, tmp_path: Path) -> None:
    """Here because its key is withdrawn; one that expires is refused by the same look."""
    async with (
        following(lone, stream_keep_alive_seconds=0.1) as here,
        here.operator.stream(EVENTS, after=await here.start()) as stream,
    ):
        await here.lending.fund(contributions=())
        await here.publish()
        told = await stream.event()
        keys = local_issuer(lone).keys.jwks_path
        others = LocalIssuer(tmp_path, issuer=lone.issuer, audience=lone.audience)
        others.keys.signer()
        keys.write_bytes(others.jwks_path.read_bytes())
        last = await stream.end()

    assert last.error["extensions"]["code"] == "unauthenticated"
    assert last.error["extensions"]["facts"]["resume_after"] == told.id


async def close(server_url: str, settings: Settings, *, is_open: bool) -> None:
    name = make_url(str(settings.database_url)).database
    connection = await asyncpg.connect(server_url)
    await connection.execute(
        f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS {"true" if is_open else "false"}'
    )
    if not is_open:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
    await connection.close()


async def test_streams_go_on_once_the_database_is_back(server_url: str, lone: Settings) -> None:
    quick = {"stream_poll_seconds": 0.1, "stream_keep_alive_seconds": 0.1}
    async with following(lone, **quick) as here:
        after = await here.start()
        async with here.operator.stream(EVENTS, after=after) as stream:
            await here.lending.fund(contributions=())
            await here.publish()
            await stream.event()
            await close(server_url, lone, is_open=False)
            reading = asyncio.create_task(stream.event())
            quiet = stream.quiet
            async with asyncio.timeout(WAIT_SECONDS):
                while stream.quiet < quiet + 10:  # noqa: ASYNC110 - several looks fail meanwhile
                    await asyncio.sleep(0.02)
            assert not reading.done(), reading.result()
            await close(server_url, lone, is_open=True)
            await here.lending.fund(contributions=())
            await here.publish()
            told = await reading
    assert told.answer["data"]["onLoanEvent"]["type"] == "FUND_CREATED"


@asynccontextmanager
async def held(settings: Settings) -> AsyncIterator[None]:
    """Funds cannot be read meanwhile; the feed can."""
    url = make_url(str(settings.database_url)).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    async with connection.transaction():
        await connection.execute("LOCK TABLE loans.funds IN ACCESS EXCLUSIVE MODE")
        yield
    await connection.close()


async def test_an_event_that_cannot_be_read_is_not_told_without_what_it_asks(
    server_url: str, lone: Settings
) -> None:
    """Half of it would be all that its reader ever gets: the stream ends, and says where to go on."""
    async with following(lone, lock_seconds=0.5) as here:
        start = await here.start()
        for _ in range(3):
            await here.lending.fund(contributions=())
        await here.publish()
        query = EVENTS.replace("region {", "fund { name } region {")
        async with here.operator.stream(query, after=start) as stream:
            first = await stream.event()
        assert first.answer["data"]["onLoanEvent"]["fund"]["name"]

        async with held(lone), here.operator.stream(query, after=first.id) as stream:
            last = await stream.end()
        assert last.error["extensions"]["code"] == "unavailable"
        assert last.error["extensions"]["facts"]["resume_after"] == first.id
        async with here.operator.stream(query, after=first.id) as stream:
            rest = await stream.told(2, "onLoanEvent")
        assert all(event["fund"]["name"] for event in rest)
