"""One stream of server-sent events, as the "GraphQL over SSE" protocol has it, distinct connections mode.

`next` carries an answer and, as its id, the cursor to go on from; `complete` is the last word. A comment
comes where nothing else did for a while: it keeps proxies from closing the stream, and the token is read
again.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from services.runtime.graphql.event_refusals import ServiceStopping
from services.runtime.settings import Settings

MEDIA_TYPE = b"text/event-stream"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy that collects what it passes on would tell of events late
]
QUIET = b":\n\n"
COMPLETE = b"event: complete\ndata: \n\n"
STOP_SECONDS = 2.0
"""What a client that reads slowly is given to take what is on its way when the process stops."""


@dataclass(frozen=True, slots=True)
class Told:
    """One `next`: an answer in GraphQL, and where it stands in the feed."""

    answer: dict[str, Any]
    cursor: str | None = None

    def written(self) -> bytes:
        place = b"" if self.cursor is None else b"id: %b\n" % self.cursor.encode()
        return b"event: next\n%bdata: %b\n\n" % (place, orjson.dumps(self.answer))


async def answer_once(send: Send, answer: dict[str, Any]) -> None:
    """What is no stream, to who reads nothing but streams."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": Told(answer).written() + COMPLETE})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a stream says nothing, and how long its client may take none of what it says."""

    keep_alive_seconds: float
    stall_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> "Patience":
        return cls(settings.stream_keep_alive_seconds, settings.stream_stall_seconds)


class ClientGoneError(Exception):
    """It has left, or takes nothing: there is nobody to tell anything to."""


class EventStream:
    """`explain` makes the last answer of what went wrong; `when_quiet` may raise what ends the stream."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        patience: Patience,
        *,
        explain: Callable[[Exception], dict[str, Any]],
        when_quiet: Callable[[], Awaitable[object]],
    ) -> None:
        self._state, self._receive, self._send = scope["state"], receive, send
        self._patience, self._explain, self._when_quiet = patience, explain, when_quiet

    async def run(self, told: AsyncGenerator[Told]) -> None:
        """Until `told` ends, the client leaves, the server stops, or something goes wrong."""
        deadline = self._state.get("deadline")
        if deadline is not None:
            deadline.reschedule(None)  # a request's, and a stream is none any more
        await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        try:
            async with aclosing(told), self._signals() as (gone, stopping):
                await self._write(QUIET, stopping)  # the head leaves at once: the client sees it is heard
                try:
                    async with aclosing(self._awaited(told, gone, stopping)) as awaited:
                        async for one in awaited:
                            await self._write(QUIET if one is None else one.written(), stopping)
                except ClientGoneError:
                    raise
                except Exception as error:  # noqa: BLE001 - a stream has no other way to tell of it
                    await self._write(Told(self._explain(error)).written(), stopping)
                await self._write(COMPLETE, stopping)
        except ClientGoneError:
            abort = self._state.get("abort")
            if abort is not None:
                abort()  # else what it does not take would keep the connection
                await asyncio.sleep(0)  # the server hears of it, and misses no end of the answer
            return
        await self._send({"type": "http.response.body", "body": b""})

    @asynccontextmanager
    async def _signals(self) -> AsyncIterator[tuple[asyncio.Task[None], asyncio.Event]]:
        stopping: asyncio.Event = self._state.get("stopping") or asyncio.Event()
        gone = asyncio.create_task(self._client_leaves())
        try:
            yield gone, stopping
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    async def _client_leaves(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _awaited(
        self, told: AsyncGenerator[Told], gone: asyncio.Task[None], stopping: asyncio.Event
    ) -> AsyncGenerator[Told | None]:
        """What is told, and None for each silence. Asks for one only when the one before was written."""
        stop = asyncio.create_task(stopping.wait())
        following = asyncio.create_task(_next(told))
        try:
            while True:
                await asyncio.wait(
                    {following, gone, stop},
                    timeout=self._patience.keep_alive_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if gone.done():
                    raise ClientGoneError
                if stop.done():
                    raise ServiceStopping
                if following.done():
                    one = following.result()
                    if one is None:
                        return
                    yield one
                    following = asyncio.create_task(_next(told))
                else:
                    await self._when_quiet()
                    yield None
        finally:
            for task in (following, stop):
                task.cancel()
            await asyncio.gather(following, stop, return_exceptions=True)

    async def _write(self, content: bytes, stopping: asyncio.Event) -> None:
        """ClientGoneError where the client takes nothing for too long: it comes back with its cursor."""
        writing = asyncio.create_task(self._send_body(content))
        stop = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait(
                {writing, stop}, timeout=self._patience.stall_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not writing.done() and stop.done():
                await asyncio.wait({writing}, timeout=STOP_SECONDS)
            if not writing.done():
                raise ClientGoneError
            writing.result()
        finally:
            for task in (writing, stop):
                task.cancel()
            await asyncio.gather(writing, stop, return_exceptions=True)

    async def _send_body(self, content: bytes) -> None:
        await self._send({"type": "http.response.body", "body": content, "more_body": True})


async def _next(told: AsyncGenerator[Told]) -> Told | None:
    return await anext(told, None)
