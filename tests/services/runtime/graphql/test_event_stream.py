"""One stream over real HTTP: what it says, and how it ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from services.runtime.graphql.event_stream import EventStream, Patience, Told
from tests.event_streams import WAIT_SECONDS, Event, Subscriber, listening

Source = Callable[[], AsyncGenerator[Told]]


class Streaming:
    """An application that streams what a test gives it."""

    def __init__(self, source: Source, *, keep_alive_seconds: float = 30, stall_seconds: float = 30) -> None:
        self.patience = Patience(keep_alive_seconds, stall_seconds)
        self.source, self.ended, self.stopping = source, asyncio.Event(), asyncio.Event()
        self.looks = 0
        self.refuses: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["stopping"] = self.stopping
        await receive()  # the body, which the door has read before a stream begins
        stream = EventStream(
            scope, receive, send, self.patience, explain=self._explain, when_quiet=self._look
        )
        await stream.run(self._told())

    async def _told(self) -> AsyncGenerator[Told]:
        try:
            async for one in self.source():
                yield one
        finally:
            self.ended.set()

    async def _look(self) -> None:
        self.looks += 1
        if self.refuses is not None:
            raise self.refuses

    def _explain(self, error: Exception) -> dict[str, Any]:
        return {"errors": [{"message": type(error).__name__}]}

    async def until_ended(self) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            await self.ended.wait()


async def two() -> AsyncGenerator[Told]:
    yield Told({"data": {"n": 1}}, "c1")
    yield Told({"data": {"n": "é\n"}})


async def nothing() -> AsyncGenerator[Told]:
    await asyncio.Event().wait()
    yield Told({})


async def without_end() -> AsyncGenerator[Told]:
    while True:
        yield Told({"data": "x" * 100_000})


async def one_then_failure() -> AsyncGenerator[Told]:
    yield Told({"data": 1})
    raise LookupError


async def all_of(app: Streaming) -> list[Event]:
    events: list[Event] = []
    async with listening(app) as address, Subscriber(address, {}).stream("") as stream:
        with suppress(EOFError):
            while True:
                events.append(await stream.event())
    return events


async def test_answers_then_complete() -> None:
    app = Streaming(two)
    first, second, last = await all_of(app)
    assert (first.name, first.id, first.answer) == ("next", "c1", {"data": {"n": 1}})
    assert (second.id, second.answer) == (None, {"data": {"n": "é\n"}})
    assert (last.name, last.data) == ("complete", "")


async def test_a_failure_is_the_last_answer() -> None:
    first, failure, last = await all_of(Streaming(one_then_failure))
    assert (first.answer, failure.error["message"], last.name) == ({"data": 1}, "LookupError", "complete")


async def test_silence_is_said_and_looked_at() -> None:
    app = Streaming(nothing, keep_alive_seconds=0.02)
    async with listening(app) as address, Subscriber(address, {}).stream("") as stream:
        reading = asyncio.create_task(stream.event())
        async with asyncio.timeout(WAIT_SECONDS):
            while stream.quiet < 4:  # noqa: ASYNC110 - what a server says is counted
                await asyncio.sleep(0.01)
        app.refuses = PermissionError()
        refused = await reading
        assert refused.error["message"] == "PermissionError"
        await stream.completes()
    await app.until_ended()
    assert app.looks >= 3


@pytest.mark.parametrize("source", [nothing, without_end])
async def test_a_stop_waits_for_no_stream(source: Source) -> None:
    app = Streaming(source)
    async with listening(app) as address, Subscriber(address, {}).stream("") as stream:
        reading = asyncio.create_task(last_two(stream.event))
        await asyncio.sleep(0)
        app.stopping.set()
        failure, last = await reading
    assert (failure.error["message"], last.name) == ("ServiceStopping", "complete")
    await app.until_ended()


async def last_two(event: Callable[[], Any]) -> list[Event]:
    events: list[Event] = []
    with suppress(EOFError):
        while True:
            events = [*events[-1:], await event()]
    return events


async def test_the_source_ends_with_the_client() -> None:
    app = Streaming(nothing)
    async with listening(app) as address:
        async with Subscriber(address, {}).stream(""):
            assert not app.ended.is_set()
        await app.until_ended()


async def test_a_client_that_takes_nothing_is_cut() -> None:
    app = Streaming(without_end, stall_seconds=0.3)
    async with listening(app) as address, Subscriber(address, {}).opened("") as response:
        assert response.status_code == 200
        await app.until_ended()


async def test_a_stop_does_not_wait_for_a_client_that_takes_nothing() -> None:
    app = Streaming(without_end, stall_seconds=600)
    async with listening(app) as address, Subscriber(address, {}).opened("") as response:
        assert response.status_code == 200
        app.stopping.set()
        await app.until_ended()
