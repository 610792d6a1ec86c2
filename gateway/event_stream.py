"""A stream of server-sent events to one client, as the "GraphQL over SSE" protocol has it: `next` for each
answer, `complete` at the end, and a comment where nothing was told for a while.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from gateway.http_requests import ClientGoneError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from starlette.types import Receive, Scope, Send

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy that collects what it passes on would tell of events late
]
QUIET = b":\n\n"
COMPLETE = b"event: complete\ndata: \n\n"
STOP_SECONDS = 2.0
"""What a client that reads slowly is given to take what is on its way when the process stops."""


class StoppingError(Exception):
    """The process stops, and does not wait for streams."""


@dataclass(frozen=True, slots=True)
class Next:
    answer: dict[str, Any]
    id: str | None = None

    def written(self) -> bytes:
        place = "" if self.id is None else f"id: {self.id}\n"
        return b"event: next\n%bdata: %b\n\n" % (place.encode(), orjson.dumps(self.answer))


async def tell_once(send: Send, answer: dict[str, Any]) -> None:
    """One answer, for who reads nothing but streams."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": Next(answer).written() + COMPLETE})


class EventStream:
    """`explain` gives the last answer of a stream that something ends; `when_quiet` may raise such."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        keep_alive_seconds: float,
        stall_seconds: float,
        explain: Callable[[Exception], dict[str, Any]],
        when_quiet: Callable[[], Awaitable[object]],
    ) -> None:
        self._state, self._receive, self._send = scope["state"], receive, send
        self._keep_alive_seconds, self._stall_seconds = keep_alive_seconds, stall_seconds
        self._explain, self._when_quiet = explain, when_quiet

    async def run(self, told: AsyncGenerator[Next]) -> None:
        """Until `told` ends, the client leaves or the process stops. One event is held, and no more."""
        self._state["deadline"].reschedule(None)  # a request's, and a stream is none any more
        await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        try:
            async with aclosing(told), self._stop_and_leave() as (stop, gone):
                await self._write(QUIET, stop)  # the head leaves at once: the client sees it is heard
                try:
                    async with aclosing(self._paced(told, stop, gone)) as paced:
                        async for one in paced:
                            await self._write(QUIET if one is None else one.written(), stop)
                except ClientGoneError:
                    raise
                except Exception as error:  # noqa: BLE001 - a stream has no other way to tell of it
                    await self._write(Next(self._explain(error)).written(), stop)
                await self._write(COMPLETE, stop)
        except ClientGoneError:
            abort = self._state.get("abort")
            if abort is not None:
                abort()  # else what it does not take would keep the connection
                await asyncio.sleep(0)  # the server hears of it, and misses no end of the answer
            return
        await self._send({"type": "http.response.body", "body": b""})

    @asynccontextmanager
    async def _stop_and_leave(self) -> AsyncIterator[tuple[asyncio.Task[Any], asyncio.Task[Any]]]:
        stopping: asyncio.Event = self._state.get("stopping") or asyncio.Event()
        tasks = asyncio.create_task(stopping.wait()), asyncio.create_task(self._client_leaves())
        try:
            yield tasks
        finally:
            await _ended(*tasks)

    async def _client_leaves(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _paced(
        self, told: AsyncGenerator[Next], stop: asyncio.Task[Any], gone: asyncio.Task[Any]
    ) -> AsyncGenerator[Next | None]:
        """What is told, and None for each silence; the next is asked for once the one before was written."""
        upcoming = asyncio.create_task(_next(told))
        try:
            while True:
                await asyncio.wait(
                    {upcoming, stop, gone},
                    timeout=self._keep_alive_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if gone.done():
                    raise ClientGoneError
                if stop.done():
                    raise StoppingError
                if not upcoming.done():
                    await self._when_quiet()
                    yield None
                    continue
                one = upcoming.result()
                if one is None:
                    return
                yield one
                upcoming = asyncio.create_task(_next(told))
        finally:
            await _ended(upcoming)

    async def _write(self, content: bytes, stop: asyncio.Task[Any]) -> None:
        """`ClientGoneError` where the client takes nothing for too long: it comes back where it was."""
        message = {"type": "http.response.body", "body": content, "more_body": True}
        writing = asyncio.ensure_future(self._send(message))
        try:
            await asyncio.wait(
                {writing, stop}, timeout=self._stall_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not writing.done() and stop.done():
                await asyncio.wait({writing}, timeout=STOP_SECONDS)
            if not writing.done():
                raise ClientGoneError
            writing.result()
        finally:
            await _ended(writing)


async def _next(told: AsyncGenerator[Next]) -> Next | None:
    return await anext(told, None)


async def _ended(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
