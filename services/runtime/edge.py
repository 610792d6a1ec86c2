"""What surrounds every request: its id, its log line, its limits and its caller. Plain ASGI, for speed."""

import asyncio
import re
import time
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.identifiers import new_id
from services.kernel.language import Language
from services.runtime.language_negotiation import preferred_language
from services.runtime.logs import logger
from services.runtime.problems import standard_problem, unexpected_problem
from services.runtime.tokens import InvalidTokenError, TokenVerifier

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
OPEN_PATHS = ("/health", "/ready", "/openapi.json", "/docs", "/.well-known/jwks.json")


class BodyTooLargeError(HTTPException):
    """An HTTPException, because what parses the body lets only these through."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self.facts = {"limit_bytes": limit_bytes}


class Edge:
    """Request id, log line, body limit and deadline."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        request_seconds: float,
        wider: Mapping[str, tuple[int, float]] | None = None,
    ) -> None:
        """`wider` gives a path prefix its own (largest body in bytes, deadline in seconds)."""
        self._app = app
        self._limits = (max_body_bytes, request_seconds)
        self._wider = wider or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        limit_bytes, limit_seconds = self._limits_of(scope["path"])
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            async with asyncio.timeout(limit_seconds):
                await self._app(scope, _limited(scope, receive, limit_bytes), send_with_id)
        except BodyTooLargeError as error:
            await self._answer(413, scope, receive, send_with_id, **error.facts)
        except TimeoutError:
            if status:
                raise  # an answer has begun: the connection is cut instead
            await self._answer(504, scope, receive, send_with_id, limit_seconds=limit_seconds)
        except Exception as error:
            if status:
                raise
            response = unexpected_problem(
                error, instance=scope["path"], language=_language(scope), request_id=request_id
            )
            await response(scope, receive, send_with_id)
        finally:
            route = scope.get("route")
            logger.info(
                "request",
                method=scope["method"],
                route=getattr(route, "path", scope["path"] if status < 400 else "-"),  # noqa: PLR2004
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
                client=scope["state"].get("client"),
            )
            structlog.contextvars.clear_contextvars()

    def _limits_of(self, path: str) -> tuple[int, float]:
        for prefix, limits in self._wider.items():
            if path.startswith(prefix):
                return limits
        return self._limits

    async def _answer(self, status: int, scope: Scope, receive: Receive, send: Send, **facts: object) -> None:
        response = standard_problem(status, instance=scope["path"], language=_language(scope), facts=facts)
        await response(scope, receive, send)


class Authentication:
    """Who calls, before anything of the request is read: `scope["state"]["caller"]`."""

    def __init__(self, app: ASGIApp, *, verifier: TokenVerifier) -> None:
        self._app, self._verifier = app, verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        scheme, _, token = (_header(scope, b"authorization") or "").partition(" ")
        try:
            if scheme.lower() != "bearer" or not token:
                raise InvalidTokenError("no bearer token was sent")  # noqa: TRY301 - one way out for both
            caller = await self._verifier.verify(token.strip())
        except InvalidTokenError as error:
            response = standard_problem(
                401,
                instance=scope["path"],
                language=_language(scope),
                facts={"reason": error.reason},
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
            await response(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["caller"], state["client"] = caller, caller.client
        await self._app(scope, receive, send)


def _limited(scope: Scope, receive: Receive, limit_bytes: int) -> Receive:
    declared = _header(scope, b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > limit_bytes:
        raise BodyTooLargeError(limit_bytes)
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit_bytes:
            raise BodyTooLargeError(limit_bytes)
        return message

    return receive_limited


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def _language(scope: Scope) -> Language:
    return preferred_language(_header(scope, b"accept-language"))


def _request_id(scope: Scope) -> str:
    given = _header(scope, b"x-request-id")
    if given is not None and REQUEST_ID.fullmatch(given.encode()):
        return given
    return str(new_id())
