"""GraphQL over HTTP: `/graphql`, in both media types of the specification. Plain ASGI, for speed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from gateway.documents import RequestRefusedError
from gateway.http_requests import (
    GRAPHQL_JSON,
    ClientGoneError,
    UnreadableRequestError,
    chosen_media_type,
    read_body,
    read_post,
)
from gateway.problems import prefers_english, problem
from services.runtime.graphql.unquoted import without_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.engine import Engine
    from gateway.passed_headers import PassedHeaders

PATH = "/graphql"

HTTP_OK = 200
HTTP_BAD_REQUEST = 400


class GraphQLDoor:
    """Answers at `/graphql`; what is asked elsewhere goes on to the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        engine: Engine,
        passed_headers: PassedHeaders,
        max_body_bytes: int,
        request_seconds: float,
    ) -> None:
        self._app = app
        self._engine = engine
        self._passed_headers = passed_headers
        self._max_body_bytes = max_body_bytes
        self._request_seconds = request_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        try:
            await self._answer(scope, headers, receive, send)
        except UnreadableRequestError as error:
            english = prefers_english(headers.get(b"accept-language", b"").decode("latin-1"))
            allowed = {"Allow": "POST"} if error.status == 405 else None  # noqa: PLR2004 - the clearest name
            facts = {"code": error.code, "headers": allowed, **error.facts}
            await problem(error.status, english=english, instance=PATH, **facts)(scope, receive, send)
        except ClientGoneError:
            return

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        if scope["method"] != "POST":
            raise UnreadableRequestError(405, "method-not-allowed")
        deadline = asyncio.get_running_loop().time() + self._request_seconds
        body = await read_body(headers, receive, self._max_body_bytes)
        asked = read_post(headers.get(b"content-type", b""), body)
        media_type = chosen_media_type(headers.get(b"accept", b""))
        request_id: str = scope["state"]["request_id"]
        try:
            prepared = self._engine.prepare(asked)
        except RequestRefusedError as refusal:
            status = HTTP_BAD_REQUEST if media_type == GRAPHQL_JSON else HTTP_OK
            await _send(send, status, media_type, orjson.dumps(_refused(refusal)))
            return
        passed = self._passed_headers.of(headers, request_id)
        answer = await self._engine.run(prepared, passed, deadline=deadline)
        content: dict[str, Any] = {"data": answer.data}
        if answer.errors:
            for error in answer.errors:
                error.setdefault("extensions", {})["requestId"] = request_id
            content = {"errors": answer.errors, "data": answer.data}
        await _send(send, HTTP_OK, media_type, orjson.dumps(content))


async def _send(send: Send, status: int, media_type: str, body: bytes) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _refused(refusal: RequestRefusedError) -> dict[str, Any]:
    errors = []
    for error in refusal.errors:
        told = dict(error.formatted)
        told["message"] = without_values(error.message)
        told["extensions"] = {**(error.extensions or {}), "code": refusal.code}
        errors.append(told)
    return {"errors": errors}
