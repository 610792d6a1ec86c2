"""GraphQL over HTTP: `/graphql`, in both media types of the specification. Plain ASGI, for speed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLError

from gateway.compression import packed
from gateway.documents import RequestRefusedError
from gateway.http_caching import cacheable, is_unchanged, uncacheable, vary
from gateway.http_requests import (
    GRAPHQL_JSON,
    PROOFS,
    ClientGoneError,
    UnreadableRequestError,
    chosen_media_type,
    is_shown_beforehand,
    read_body,
    read_get,
    read_post,
)
from gateway.problems import prefers_english, problem
from gateway.subscriptions import Subscriptions, accepts_streams
from gateway.unquoted import without_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.counts import Metrics
    from gateway.engine import Engine, Prepared
    from gateway.http_requests import GraphQLRequest
    from gateway.passed_headers import PassedHeaders
    from gateway.reload import Engines
    from gateway.subscriptions import StreamSettings

PATH = "/graphql"
METHODS = "GET, POST"

HTTP_OK = 200
HTTP_NOT_MODIFIED = 304
HTTP_BAD_REQUEST = 400
HTTP_NOT_ALLOWED = 405


@dataclass(frozen=True, slots=True)
class DoorSettings:
    max_body_bytes: int
    request_seconds: float
    max_batch: int
    max_cost: int
    reports_cost: bool
    compress_bytes: int
    cache_control: str
    streams: StreamSettings


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, as far as all operations in it share it."""

    engine: Engine
    metrics: Metrics
    request_id: str
    passed: Mapping[str, str]
    deadline: float
    reports_cost: bool
    max_cost: int


class GraphQLDoor:
    """Answers at `/graphql`; what is asked elsewhere goes on to the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        engines: Engines,
        metrics: Metrics,
        passed_headers: PassedHeaders,
        settings: DoorSettings,
    ) -> None:
        self._app = app
        self._engines = engines
        self._metrics = metrics
        self._passed_headers = passed_headers
        self._settings = settings
        self._varies = vary(passed_headers.names)
        self._subscriptions = Subscriptions(settings.streams, metrics, partial(_refused, metrics=metrics))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        engine = self._engines.take()
        scope["state"]["engine"] = engine
        try:
            match scope["method"]:
                case "POST":
                    await self._post(scope, headers, receive, send)
                case "GET":
                    await self._get(scope, headers, receive, send)
                case _:
                    await _problem(UnreadableRequestError(HTTP_NOT_ALLOWED, "method-not-allowed"), headers)(
                        scope, receive, send
                    )
        except UnreadableRequestError as error:
            await _problem(error, headers)(scope, receive, send)
        except ClientGoneError:
            return
        finally:
            self._engines.give_back(engine)

    async def _post(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        settings = self._settings
        deadline = asyncio.get_running_loop().time() + settings.request_seconds
        body = await read_body(headers, receive, settings.max_body_bytes)
        asked = read_post(headers.get(b"content-type", b""), body, most=settings.max_batch)
        media_type = chosen_media_type(headers.get(b"accept", b""))
        call = self._call(scope, headers, deadline)
        if not isinstance(asked, list) and await self._streamed(call, asked, scope, receive, send):
            return
        status = HTTP_OK
        content: Any
        if isinstance(asked, list):
            content = await _answers(call, asked)
        else:
            try:
                content = await _run(call, call.engine.prepare(asked, call.request_id))
            except RequestRefusedError as refusal:
                content = _refused(refusal, self._metrics, call.request_id)
                status = _status_of_refusal(media_type)
        await self._send(send, status, media_type, written(content, call.request_id), headers, [])

    async def _get(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        if not is_shown_beforehand(headers):
            raise UnreadableRequestError(HTTP_BAD_REQUEST, "preflight-required", accepted=PROOFS)
        deadline = asyncio.get_running_loop().time() + self._settings.request_seconds
        asked = read_get(scope["query_string"])
        media_type = chosen_media_type(headers.get(b"accept", b""))
        call = self._call(scope, headers, deadline)
        if await self._streamed(call, asked, scope, receive, send):
            return
        try:
            prepared = call.engine.prepare(asked, call.request_id)
            if not prepared.is_query:
                raise UnreadableRequestError(HTTP_NOT_ALLOWED, "mutation-by-get")
            content = await _run(call, prepared)
        except RequestRefusedError as refusal:
            body = orjson.dumps(_refused(refusal, self._metrics, call.request_id))
            await self._send(
                send, _status_of_refusal(media_type), media_type, body, headers, uncacheable(self._varies)
            )
            return
        body = written(content, call.request_id)
        if "errors" in content:
            await self._send(send, HTTP_OK, media_type, body, headers, uncacheable(self._varies))
            return
        told = cacheable(body, self._settings.cache_control, self._varies)
        if is_unchanged(told, headers.get(b"if-none-match", b"")):
            await send({"type": "http.response.start", "status": HTTP_NOT_MODIFIED, "headers": told})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._send(send, HTTP_OK, media_type, body, headers, told)

    async def _streamed(
        self, call: Call, asked: GraphQLRequest, scope: Scope, receive: Receive, send: Send
    ) -> bool:
        """Whether it was answered as a stream, which its client must take."""
        if not accepts_streams(scope["headers"]):
            return False
        return await self._subscriptions.answer(
            call.engine, asked, call.passed, scope, receive, send, run=partial(_run, call)
        )

    def _call(self, scope: Scope, headers: Mapping[bytes, bytes], deadline: float) -> Call:
        request_id: str = scope["state"]["request_id"]
        return Call(
            scope["state"]["engine"],
            self._metrics,
            request_id,
            self._passed_headers.of(headers, request_id),
            deadline,
            self._settings.reports_cost or headers.get(b"graphql-cost") == b"report",
            self._settings.max_cost,
        )

    async def _send(
        self,
        send: Send,
        status: int,
        media_type: str,
        body: bytes,
        asked: Mapping[bytes, bytes],
        more: list[tuple[bytes, bytes]],
    ) -> None:
        least, encoding = self._settings.compress_bytes, asked.get(b"accept-encoding")
        smaller = await packed(body, encoding, least_bytes=least) if encoding is not None else None
        if smaller is not None:
            body = smaller
            more = [*more, (b"content-encoding", b"gzip")]
        headers = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body)), *more]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _run(call: Call, prepared: Prepared) -> dict[str, Any]:
    started = time.perf_counter()
    answer = await call.engine.run(prepared, call.passed, deadline=call.deadline)
    call.metrics.request_seconds.note(time.perf_counter() - started)
    call.metrics.requests["partial" if answer.errors else "data"] += 1
    content: dict[str, Any] = {"data": answer.data}
    if answer.errors:
        for error in answer.errors:
            error.setdefault("extensions", {})["requestId"] = call.request_id
        content = {"errors": answer.errors, "data": answer.data}
    if call.reports_cost:
        content["extensions"] = {"cost": {"fields": prepared.cost, "limit": call.max_cost}}
    return content


async def _answers(call: Call, asked: list[GraphQLRequest]) -> list[dict[str, Any]]:
    """Of a batch, in its order. Together its operations may cost what one may."""
    prepared: list[Prepared | RequestRefusedError] = []
    for each in asked:
        try:
            prepared.append(call.engine.prepare(each, call.request_id))
        except RequestRefusedError as refusal:
            prepared.append(refusal)
    accepted = [each for each in prepared if not isinstance(each, RequestRefusedError)]
    cost = sum(each.cost for each in accepted)
    if cost > call.max_cost:
        message = f"The batch may come to {cost} fields; at most {call.max_cost} are accepted."
        error = GraphQLError(message, extensions={"cost": cost, "limit": call.max_cost})
        too_costly = RequestRefusedError([error], "TOO_COSTLY")
        return [_refused(too_costly, call.metrics, call.request_id) for _ in asked]

    async def answer(each: Prepared | RequestRefusedError) -> dict[str, Any]:
        if isinstance(each, RequestRefusedError):
            return _refused(each, call.metrics, call.request_id)
        return await _run(call, each)

    if all(each.is_query for each in accepted):
        return list(await asyncio.gather(*(answer(each) for each in prepared)))
    return [await answer(each) for each in prepared]


def written(content: Any, request_id: str) -> bytes:
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        # A subgraph's value of hundreds of levels, in a scalar of its schema's own or beside an error.
        extensions = {"code": "SUBGRAPH_BAD_RESPONSE", "requestId": request_id}
        lost = {
            "errors": [{"message": "The answer is nested too deeply.", "extensions": extensions}],
            "data": None,
        }
        return orjson.dumps([lost] * len(content) if isinstance(content, list) else lost)


def _status_of_refusal(media_type: str) -> int:
    return HTTP_BAD_REQUEST if media_type == GRAPHQL_JSON else HTTP_OK


def _refused(refusal: RequestRefusedError, metrics: Metrics, request_id: str) -> dict[str, Any]:
    metrics.requests["refused"] += 1
    errors = []
    for error in refusal.errors:
        told = dict(error.formatted)
        told["message"] = without_values(error.message)
        told["extensions"] = {**(error.extensions or {}), "code": refusal.code, "requestId": request_id}
        errors.append(told)
    return {"errors": errors}


def _problem(error: UnreadableRequestError, headers: Mapping[bytes, bytes]) -> ASGIApp:
    english = prefers_english(headers.get(b"accept-language", b"").decode("latin-1"))
    more: dict[str, Any] = {}
    if error.status == HTTP_NOT_ALLOWED:
        more = {"headers": {"Allow": "POST" if error.code == "mutation-by-get" else METHODS}}
    return problem(error.status, english=english, instance=PATH, code=error.code, **more, **error.facts)
