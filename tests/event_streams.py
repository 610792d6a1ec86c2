"""Reads streams of server-sent events over real HTTP, as a client of the protocol does."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import httpx
import orjson
import uvicorn

from cli.request_heads import BoundedHeads

WAIT_SECONDS = 60
"""For what must come, on a machine that does much else."""

TRUST = ssl.create_default_context()  # no stream of ours needs it, and each client would make its own

Json = dict[str, Any]


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """An application behind the server of `essor serve`, in this process; gives its address."""
    heads = partial(BoundedHeads, most_bytes=65_536, seconds=10)
    # Whoever made the application began its life, and ends it.
    config = uvicorn.Config(app, port=0, http=heads, lifespan="off", access_log=False, log_level="warning")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    async with asyncio.timeout(WAIT_SECONDS):
        while not server.started:  # noqa: ASYNC110 - the server's own flag
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await serving


@dataclass
class Event:
    name: str
    id: str | None
    data: str

    @property
    def answer(self) -> Json:
        content = orjson.loads(self.data)
        assert isinstance(content, dict)
        return content

    @property
    def error(self) -> Json:
        (error,) = self.answer["errors"]
        assert isinstance(error, dict)
        return error


@dataclass
class Stream:
    """One that is open. `quiet` counts the comments so far."""

    response: httpx.Response
    quiet: int = 0
    _lines: AsyncIterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = self.response.aiter_lines()

    async def event(self) -> Event:
        """The next one. EOFError where the server closed without a last word."""
        async with asyncio.timeout(WAIT_SECONDS):
            return await self._event()

    async def _event(self) -> Event:
        name, event_id, data = "", None, []
        async for line in self._lines:
            if line.startswith(":"):
                self.quiet += 1
            elif line:
                field_name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                match field_name:
                    case "event":
                        name = value
                    case "id":
                        event_id = value
                    case "data":
                        data.append(value)
            elif name:
                return Event(name, event_id, "\n".join(data))
        raise EOFError

    async def events(self, count: int) -> list[Event]:
        return [await self.event() for _ in range(count)]

    async def told(self, count: int, root: str) -> list[Json]:
        """What `count` events say of the subscription's root, none with an error."""
        answers = [(await self.event()).answer for _ in range(count)]
        assert not any("errors" in answer for answer in answers), answers
        return [answer["data"][root] for answer in answers]

    async def end(self) -> Event:
        """The error that is its last answer; then `complete`, and the end."""
        last = await self.event()
        assert last.name == "next", last
        await self.completes()
        return last

    async def completes(self) -> None:
        complete = await self.event()
        assert (complete.name, complete.data) == ("complete", "")
        try:
            extra = await self.event()
        except EOFError:
            return
        raise AssertionError(f"after the end: {extra}")


@dataclass
class Subscriber:
    """A client of `/graphql` at one address."""

    address: str
    headers: dict[str, str]

    @asynccontextmanager
    async def stream(
        self, query: str, *, last_event_id: str | None = None, **variables: Any
    ) -> AsyncIterator[Stream]:
        async with self.opened(query, last_event_id=last_event_id, **variables) as response:
            assert response.status_code == 200, (await response.aread(), response.text)
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            yield Stream(response)

    @asynccontextmanager
    async def opened(
        self, query: str, *, last_event_id: str | None = None, **variables: Any
    ) -> AsyncIterator[httpx.Response]:
        again = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        headers = {"Accept": "text/event-stream", **self.headers, **again}
        body = {"query": query, "variables": variables}
        async with (
            httpx.AsyncClient(timeout=WAIT_SECONDS, verify=TRUST) as client,
            client.stream("POST", f"{self.address}/graphql", json=body, headers=headers) as response,
        ):
            yield response

    def with_token(self, token: str) -> Self:
        return type(self)(self.address, {**self.headers, "Authorization": f"Bearer {token}"})
