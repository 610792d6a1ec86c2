"""A subgraph's stream of server-sent events, read: each `next` with its id, until `complete`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from gateway.executor.failures import SubgraphFailure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping

    from gateway.supergraph import Subgraph

EVENT_STREAM = "text/event-stream"
CONNECT_SECONDS = 10.0
HTTP_OK = 200


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """A subgraph's answer for one event, and the id by which it may be asked to go on from there."""

    answer: dict[str, Any]
    id: str | None


@dataclass(frozen=True, slots=True)
class SourceLimits:
    silence_seconds: float
    largest_bytes: int


@asynccontextmanager
async def opened(
    subgraph: Subgraph, body: bytes, headers: Mapping[str, str], limits: SourceLimits
) -> AsyncIterator[AsyncGenerator[SourceEvent]]:
    """The events of one subscription; `SubgraphFailure` from them or from here when they end without
    `complete`.

    A connection of its own: it lasts, and takes no other request's place.
    """
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=CONNECT_SECONDS, sock_read=limits.silence_seconds, connect=CONNECT_SECONDS
    )
    told = {
        "Content-Type": "application/json",
        "Accept": EVENT_STREAM,
        "Accept-Encoding": "identity",
        **headers,
    }
    try:
        async with (
            aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout, auto_decompress=False
            ) as session,
            session.post(subgraph.url, data=body, headers=told, allow_redirects=False) as response,
        ):
            if response.content_type != EVENT_STREAM:
                yield _only(await _refusal(subgraph, response, limits.largest_bytes))
                return
            yield _events(subgraph, response, limits.largest_bytes)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise SubgraphFailure(
            "SUBGRAPH_UNAVAILABLE", f"The service {subgraph.name} ended the stream, or cannot be reached."
        ) from error


async def _only(answer: dict[str, Any]) -> AsyncGenerator[SourceEvent]:
    yield SourceEvent(answer, None)


async def _refusal(
    subgraph: Subgraph, response: aiohttp.ClientResponse, largest_bytes: int
) -> dict[str, Any]:
    """What a subgraph that streams nothing says instead, if it says it in GraphQL."""
    content = b""
    async for part in response.content.iter_any():
        content += part
        if len(content) > largest_bytes:
            raise _too_large(subgraph)
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        answer = None
    if isinstance(answer, dict) and isinstance(answer.get("errors"), list):
        return {"data": None, "errors": answer["errors"]}
    facts: dict[str, Any] = {"status": response.status}
    if isinstance(answer, dict) and isinstance(answer.get("code"), str):
        facts["reason"] = answer["code"]
    code = "SUBGRAPH_BAD_RESPONSE" if response.status == HTTP_OK else "SUBGRAPH_HTTP_ERROR"
    raise SubgraphFailure(code, f"The service {subgraph.name} refused the stream.", **facts)


async def _events(
    subgraph: Subgraph, response: aiohttp.ClientResponse, largest_bytes: int
) -> AsyncGenerator[SourceEvent]:
    reading = EventReader(largest_bytes)
    async for part in response.content.iter_any():
        try:
            blocks = list(reading.read(part))
        except ValueError as error:
            raise _too_large(subgraph) from error
        for block in blocks:
            if block.name == "complete":
                return
            if block.name == "next":
                yield SourceEvent(_answer(subgraph, block.data), block.id)
    raise SubgraphFailure(
        "SUBGRAPH_UNAVAILABLE", f"The service {subgraph.name} ended the stream before it was complete."
    )


def _too_large(subgraph: Subgraph) -> SubgraphFailure:
    return SubgraphFailure(
        "SUBGRAPH_RESPONSE_TOO_LARGE", f"The service {subgraph.name} told more than is accepted."
    )


def _answer(subgraph: Subgraph, data: str) -> dict[str, Any]:
    try:
        answer = orjson.loads(data)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise SubgraphFailure(
            "SUBGRAPH_BAD_RESPONSE", f"The service {subgraph.name} did not answer in GraphQL."
        )
    return answer


@dataclass(slots=True)
class Block:
    name: str = ""
    id: str | None = None
    data: str = ""


@dataclass(slots=True)
class EventReader:
    """Bytes as they come, made into events; lines end by LF or CRLF, and comments are nobody's."""

    largest_bytes: int
    _rest: bytes = b""
    _name: str = ""
    _data: list[str] = field(default_factory=list)
    _size: int = 0
    _last_id: str | None = None

    def read(self, part: bytes) -> Iterator[Block]:
        """`ValueError` for an event larger than is accepted."""
        *lines, self._rest = (self._rest + part).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            self._size += len(line)
            self._check(self._size)
            if line:
                self._take(line)
                continue
            if self._name or self._data:
                yield Block(self._name, self._last_id, "\n".join(self._data))
            self._name, self._data, self._size = "", [], 0
        self._check(self._size + len(self._rest))

    def _check(self, size: int) -> None:
        if size > self.largest_bytes:
            raise ValueError("an event larger than is accepted")

    def _take(self, line: bytes) -> None:
        name, _, value = line.decode("utf-8", errors="replace").partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._last_id = value
