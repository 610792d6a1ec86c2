"""A receiver of webhooks over real HTTP, on a port of its own: told how to answer, it keeps what it gets."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

HANG = 0
CLOSE = -1


@dataclass(frozen=True, slots=True)
class Message:
    headers: dict[str, str]
    content: bytes
    path: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def body(self) -> Any:
        return orjson.loads(self.content)

    @property
    def dossier(self) -> str:
        return str(self.body["data"]["dossier"]["id"])

    @property
    def version(self) -> int:
        return int(self.body["data"]["dossier"]["version"])


@dataclass
class Receiver:
    """`answer` gives a status for a message; HANG answers never, CLOSE cuts the connection."""

    answer: Callable[[Message], int] = lambda _: 204
    seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    url: str = ""
    taken: list[Message] = field(default_factory=list)
    refused: list[Message] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.taken]

    async def receive(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._receive(request)
        finally:
            self.at_once -= 1

    async def _receive(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        message = Message(headers, await request.read(), request.path_qs)
        if self.seconds:
            await asyncio.sleep(self.seconds)
        status = self.answer(message)
        (self.taken if 200 <= status < 300 else self.refused).append(message)
        if status == HANG:
            await asyncio.sleep(3_600)
        if status == CLOSE:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=max(status, 200), headers=self.headers, body=self.content)


@asynccontextmanager
async def listening(
    receiver: Receiver | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    certificate: ssl.SSLContext | None = None,
) -> AsyncIterator[Receiver]:
    found = receiver or Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", found.receive)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, port, ssl_context=certificate)
    await site.start()
    bound = runner.addresses[0][1]
    found.url = f"{'https' if certificate else 'http'}://{host}:{bound}/essor"
    try:
        yield found
    finally:
        await runner.cleanup()


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it is another task or process that is watched
            await asyncio.sleep(0.01)
