"""What surrounds every request: its id, its log line, its deadline, and the last word on what went wrong.

Plain ASGI and one layer, for speed.
"""

from __future__ import annotations

import asyncio
import re
import time
import traceback
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog

from gateway.problems import prefers_english, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRACE_SECONDS = 1.0
"""What GraphQL has left to answer with what came in time, once its own deadline has passed."""
LOGGED_FRAMES = 12

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")

log = structlog.get_logger("gateway")


class Edge:
    """Gives each request an id, its caller's if it is a plain one, tells it in the answer and logs the
    outcome.

    The log line has no header, body or query string, and no path but those that are served: what callers
    write may hold personal data, or a secret in the wrong place.

    `scope["state"]["deadline"]` is the `asyncio.Timeout` of the request: an answer that streams lifts it.
    """

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given.decode() if _REQUEST_ID.fullmatch(given) else uuid4().hex
        answer = _Answer(send, request_id)
        started = time.perf_counter()
        deadline = asyncio.timeout(self._seconds + GRACE_SECONDS)
        scope["state"] = {**scope.get("state", {}), "request_id": request_id, "deadline": deadline}
        try:
            async with deadline:
                await self._app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - nothing leaves the edge but an answer
            await self._fail(error, scope, receive, answer, timed_out=deadline.expired())
        finally:
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                path=_path_of_ours(scope),
                status=answer.status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )

    async def _fail(
        self, error: Exception, scope: Scope, receive: Receive, answer: _Answer, *, timed_out: bool
    ) -> None:
        """An answer that has begun can only be cut, which the server does where it has no end."""
        if not timed_out:
            # Neither the message nor local variables: both may hold what a caller sent.
            places = [
                f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
            ]
            name = type(error).__name__
            log.error("failed", request_id=answer.request_id, error=name, places=places[-LOGGED_FRAMES:])
        if answer.status:
            log.error("answer-cut", request_id=answer.request_id)
            return
        accepted = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
        facts: dict[str, Any] = {"limit_seconds": self._seconds} if timed_out else {}
        english = prefers_english(accepted.decode("latin-1"))
        refused = problem(504 if timed_out else 500, english=english, instance=scope["path"], **facts)
        await refused(scope, receive, answer)


class _Answer:
    """What is sent back, with the request's id; `status` is 0 until it begins."""

    __slots__ = ("_send", "request_id", "status")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", self.request_id.encode())]
        await self._send(message)


def _path_of_ours(scope: Scope) -> str:
    path: str = scope["path"]
    if path == "/graphql":
        return path
    served = scope["app"].routes if "app" in scope else ()
    return path if any(getattr(route, "path", None) == path for route in served) else "-"
