"""Subscriptions: the root field is one subgraph's stream, and each of its events an operation of its own.

The subgraph's answer for an event stands for that of the plan's first fetch. What other subgraphs give is
fetched as for any query, with the client's headers, and the whole is completed in the client's terms.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from gateway.documents import RequestRefusedError
from gateway.event_source import EVENT_STREAM, SourceLimits
from gateway.event_stream import EventStream, Next, StoppingError, tell_once
from gateway.executor.failures import SubgraphFailure
from gateway.problems import prefers_english, problem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping

    from starlette.types import Receive, Scope, Send

    from gateway.counts import Metrics
    from gateway.engine import Engine, Prepared
    from gateway.http_requests import GraphQLRequest
    from gateway.settings import GatewaySettings

LAST_EVENT_ID = b"last-event-id"
OTHERS = (b"json", b"*/*")
"""What an answer that is no stream may be, for clients that name it beside streams."""

log = structlog.get_logger("gateway")


@dataclass(frozen=True, slots=True)
class StreamSettings:
    of_client: int
    of_process: int
    keep_alive_seconds: float
    stall_seconds: float
    request_seconds: float
    source: SourceLimits

    @classmethod
    def of(cls, settings: GatewaySettings) -> StreamSettings:
        return cls(
            of_client=settings.gateway_streams_of_client,
            of_process=settings.gateway_streams,
            keep_alive_seconds=settings.gateway_stream_keep_alive_seconds,
            stall_seconds=settings.gateway_stream_stall_seconds,
            request_seconds=settings.gateway_request_seconds,
            source=SourceLimits(settings.gateway_stream_silence_seconds, settings.gateway_max_subgraph_bytes),
        )


class TooManyStreamsError(Exception):
    def __init__(self, count: int, most: int) -> None:
        super().__init__()
        self.count, self.most = count, most


def accepts_streams(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"accept" and EVENT_STREAM.encode() in value for name, value in headers)


class Subscriptions:
    """The streams of one process. `refused` writes a refusal as the door does."""

    def __init__(
        self,
        settings: StreamSettings,
        metrics: Metrics,
        refused: Callable[..., dict[str, Any]],
    ) -> None:
        self._settings, self._metrics, self._refused = settings, metrics, refused
        self._of_clients: Counter[str] = Counter()

    async def answer(
        self,
        engine: Engine,
        asked: GraphQLRequest,
        passed: Mapping[str, str],
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        run: Callable[[Prepared], Awaitable[dict[str, Any]]],
    ) -> bool:
        """False where it is to be answered, or refused, as if no stream were taken. `run` carries out what
        is no subscription.
        """
        headers = dict(scope["headers"])
        takes_others = any(other in headers[b"accept"] for other in OTHERS)
        try:
            prepared = engine.prepare(asked, passed["x-request-id"], streams=True)
        except RequestRefusedError as refusal:
            if not takes_others:
                await tell_once(send, self._refused(refusal, request_id=passed["x-request-id"]))
            return not takes_others
        if not prepared.is_subscription:
            if takes_others or (scope["method"] == "GET" and not prepared.is_query):
                return False
            await tell_once(send, await run(prepared))
            return True
        try:
            with self._one(_client_of(scope)):
                stream = _Stream(self._settings, self._metrics, engine, prepared, passed, scope)
                await stream.run(receive, send)
        except TooManyStreamsError as error:
            english = prefers_english(headers.get(b"accept-language", b"").decode("latin-1"))
            facts: dict[str, Any] = {"code": "too-many-streams", "open": error.count, "most": error.most}
            too_many = problem(429, english=english, instance=scope["path"], **facts)
            await too_many(scope, receive, send)
        return True

    @contextmanager
    def _one(self, client: str) -> Iterator[None]:
        counts = (
            (self._of_clients[client], self._settings.of_client),
            (self._of_clients.total(), self._settings.of_process),
        )
        for count, most in counts:
            if count >= most:
                raise TooManyStreamsError(count, most)
        self._of_clients[client] += 1
        self._metrics.streams_open += 1
        try:
            yield
        finally:
            self._metrics.streams_open -= 1
            self._of_clients[client] -= 1
            if not self._of_clients[client]:
                del self._of_clients[client]


def _client_of(scope: Scope) -> str:
    """As whoever checks callers calls it, or by its address."""
    return str(scope["state"].get("client") or (scope.get("client") or ("",))[0])


class _Stream:
    def __init__(
        self,
        settings: StreamSettings,
        metrics: Metrics,
        engine: Engine,
        prepared: Prepared,
        passed: Mapping[str, str],
        scope: Scope,
    ) -> None:
        self._settings, self._engine, self._prepared = settings, engine, prepared
        self._told_events = metrics.events_told
        self._passed, self._scope = passed, scope
        given = dict(scope["headers"]).get(LAST_EVENT_ID)
        self._last_id = None if given is None else given.decode("latin-1")

    async def run(self, receive: Receive, send: Send) -> None:
        stream = EventStream(
            self._scope,
            receive,
            send,
            keep_alive_seconds=self._settings.keep_alive_seconds,
            stall_seconds=self._settings.stall_seconds,
            explain=self._explained,
            when_quiet=self._still_allowed,
        )
        await stream.run(self._told())

    async def _told(self) -> AsyncGenerator[Next]:
        root = self._prepared.stream_root
        if root is None:
            return  # its one field is skipped
        variables = {
            name: self._prepared.given[name] for name in root.variables if name in self._prepared.given
        }
        body = orjson.dumps({"query": root.document, "variables": variables})
        headers = dict(self._passed)
        if self._last_id is not None:
            headers["Last-Event-ID"] = self._last_id
        source = self._engine.stream(root.graph, body, headers, self._settings.source)
        async with source as events, aclosing(events):
            async for event in events:
                await self._still_allowed()
                deadline = asyncio.get_running_loop().time() + self._settings.request_seconds
                answer = await self._engine.run(
                    self._prepared, self._passed, deadline=deadline, first=event.answer
                )
                yield Next(_content(answer.data, answer.errors, self._passed), event.id)
                self._told_events[root.service] += 1
                if event.id is not None:
                    self._last_id = event.id

    async def _still_allowed(self) -> None:
        """Whoever checks callers may leave a way to check this one again; it raises once it is refused."""
        if self._engine.is_retired:
            raise SubgraphFailure("SUPERGRAPH_REPLACED", "The schema is a new one: open the stream again.")
        authenticate = self._scope["state"].get("authenticate")
        if authenticate is not None:
            try:
                await authenticate()
            except Exception as error:
                raise SubgraphFailure(
                    "UNAUTHENTICATED", "The token is accepted no more: open the stream again with another."
                ) from error

    def _explained(self, error: Exception) -> dict[str, Any]:
        extensions: dict[str, Any]
        root = self._prepared.stream_root
        where = {"request_id": self._passed["x-request-id"], "service": root.service if root else None}
        match error:
            case SubgraphFailure():
                log.warning("stream-ended", code=error.code, **where)
                message, extensions = error.message, {"code": error.code, **error.facts}
            case StoppingError():
                message = "The gateway is stopping: open the stream again in a few seconds."
                extensions = {"code": "GATEWAY_STOPPING"}
            case _:
                # Neither its text nor its values: both may hold what a caller sent.
                log.error("stream-failed", error=type(error).__name__, **where)
                message, extensions = "The stream failed.", {"code": "INTERNAL_ERROR"}
        if root is not None:
            extensions["service"] = root.service
        extensions["resumeAfter"] = self._last_id
        return _content(None, [{"message": message, "extensions": extensions}], self._passed)


def _content(data: Any, errors: list[dict[str, Any]], passed: Mapping[str, str]) -> dict[str, Any]:
    if not errors:
        return {"data": data}
    for error in errors:
        error.setdefault("extensions", {})["requestId"] = passed["x-request-id"]
    return {"errors": errors, "data": data}
