"""What surrounds every request: its id, its log line, its limits and its caller. Plain ASGI, for speed."""

import asyncio
import re
import time
from collections.abc import Collection, Mapping
from functools import partial
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.identifiers import new_id
from services.kernel.language import Language
from services.runtime.addresses import template_of
from services.runtime.input_messages import input_message
from services.runtime.language_negotiation import preferred_language
from services.runtime.logs import logger
from services.runtime.problems import standard_problem, unavailable_problem, unexpected_problem
from services.runtime.rates import RateLimit, RateLimits, too_many_requests
from services.runtime.tokens.reading import InvalidTokenError, KeysUnavailableError, TokenVerifier

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
UNCOUNTED_PATHS = ("/health",)  # who watches over the process must not be told that it is too curious
OPEN_PATHS = ("/ready", "/openapi.json", "/.well-known/jwks.json")
LONGEST_LENGTH = 18  # digits of a declared length; more is more than any limit
# Answers hold what only their caller may see: no cache between keeps them, no browser guesses at them.
PROTECTION = {b"cache-control": b"no-store", b"x-content-type-options": b"nosniff"}


class BodyTooLargeError(HTTPException):
    """An HTTPException, because what parses the body lets only these through."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self.facts = {"limit_bytes": limit_bytes}


class _Answer:
    """What is sent back, with the headers that every answer has; `status` is 0 until it begins."""

    def __init__(self, send: Send, *, request_id: str, has_body: bool) -> None:
        self._send, self._request_id, self._has_body = send, request_id, has_body
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = {name.lower() for name, _ in message["headers"]}
            added = [(name, value) for name, value in PROTECTION.items() if name not in given]
            added.append((b"x-request-id", self._request_id.encode()))
            message["headers"] = [*message["headers"], *added]
        elif not self._has_body:
            message = {**message, "body": b""}
        await self._send(message)


class Edge:
    """Request id, log line, body limit and deadline; the last to answer for what went wrong."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        request_seconds: float,
        wider: Mapping[re.Pattern[str], tuple[int, float]] | None = None,
    ) -> None:
        """`wider` gives paths that begin so their own (largest body in bytes, deadline in seconds)."""
        self._app = app
        self._limits = (max_body_bytes, request_seconds)
        self._wider = wider or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        method = scope["method"]
        # HEAD is GET without its body. A copy: the server goes by its own scope.
        scope = {**scope, "method": "GET" if method == "HEAD" else method}
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        structlog.contextvars.bind_contextvars(request_id=request_id)
        answer = _Answer(send, request_id=request_id, has_body=method != "HEAD")
        started = time.perf_counter()
        try:
            await self._serve(scope, receive, answer)
        finally:
            logger.info(
                "request",
                method=method,
                route=template_of(scope),
                status=answer.status,
                ms=round((time.perf_counter() - started) * 1000, 1),
                client=scope["state"].get("client"),
            )
            structlog.contextvars.clear_contextvars()

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        limit_bytes, limit_seconds = self._limits_of(scope["path"])
        deadline = asyncio.timeout(limit_seconds)
        scope["state"]["deadline"] = deadline  # what streams has none
        try:
            async with deadline:
                response = _refusal_of_nul(scope)
                if response is None:
                    await self._app(scope, _limited(scope, receive, limit_bytes), answer)
                    return
        except BodyTooLargeError as error:
            response = _standard(413, scope, **error.facts)
        except Exception as error:  # noqa: BLE001 - nothing leaves the edge but an answer
            if deadline.expired():
                response = _standard(504, scope, limit_seconds=limit_seconds)
            else:
                response = unexpected_problem(
                    error,
                    instance=scope["path"],
                    language=_language(scope),
                    request_id=scope["state"]["request_id"],
                )
        if answer.status:
            # Too late to say anything: the server cuts the connection of an answer without an end.
            logger.error("answer-cut", status=answer.status)
            return
        await response(scope, receive, answer)

    def _limits_of(self, path: str) -> tuple[int, float]:
        for beginning, limits in self._wider.items():
            if beginning.match(path):
                return limits
        return self._limits


class Authentication:
    """Who calls, before anything of the request is read: `scope["state"]["caller"]`. And not too often."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        verifier: TokenVerifier,
        limits: RateLimits,
        open_paths: Collection[str] = (),
    ) -> None:
        self._app, self._verifier, self._limits = app, verifier, limits
        self._open_paths = frozenset((*OPEN_PATHS, *open_paths))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http" or scope["path"] in UNCOUNTED_PATHS:
            await self._app(scope, receive, send)
            return
        limit, who, app = await self._judged(scope)
        if limit is not None:
            allowance = limit.take(who)
            send = allowance.told_by(send)
            if allowance.is_refused:
                app = too_many_requests(allowance, instance=scope["path"], language=_language(scope))
        await app(scope, receive, send)

    async def _judged(self, scope: Scope) -> tuple[RateLimit | None, str, ASGIApp]:
        """Whose allowance the call takes from, and what answers it."""
        address = (scope.get("client") or ("", 0))[0]
        if scope["path"] in self._open_paths:
            return self._limits.addresses, address, self._app
        scheme, _, token = (_header(scope, b"authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            refused = _unauthenticated(scope, "no bearer token was sent", "Bearer")
            return self._limits.addresses, address, refused
        try:
            caller = await self._verifier.verify(token.strip())
        except InvalidTokenError as error:
            refused = _unauthenticated(scope, error.reason, 'Bearer error="invalid_token"')
            return self._limits.addresses, address, refused
        except KeysUnavailableError:
            refused = unavailable_problem(scope["path"], _language(scope))
            return self._limits.addresses, address, refused
        state = scope.setdefault("state", {})
        state["caller"], state["client"] = caller, caller.client
        # A stream outlives its token: it asks again.
        state["authenticate"] = partial(self._verifier.verify, token.strip())
        # The gateway has counted its caller's request, which may come to many here.
        limit = None if state.get("from_gateway") else self._limits.clients
        return limit, caller.client, self._app


def _unauthenticated(scope: Scope, reason: str, challenge: str) -> Response:
    return standard_problem(
        401,
        instance=scope["path"],
        language=_language(scope),
        facts={"reason": reason},
        headers={"WWW-Authenticate": challenge},
    )


def _limited(scope: Scope, receive: Receive, limit_bytes: int) -> Receive:
    # A length that is no number is no promise: what comes is counted all the same.
    declared = _header(scope, b"content-length") or ""
    if declared.isascii() and declared.isdigit():
        digits = declared.lstrip("0") or "0"
        if len(digits) > LONGEST_LENGTH or int(digits) > limit_bytes:
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


def _refusal_of_nul(scope: Scope) -> Response | None:
    """PostgreSQL keeps no NUL in a text: an address with one is nowhere, a parameter with one is wrong."""
    if "\x00" in scope["path"]:
        return _standard(404, scope)
    errors = [
        {
            "pointer": "?" + pair.partition(b"=")[0].decode("latin-1"),
            "code": "control-character",
            "message": input_message("control-character", {}, "", _language(scope)),
        }
        for pair in scope["query_string"].split(b"&")
        if b"%00" in pair
    ]
    return _standard(422, scope, count=len(errors), errors=errors) if errors else None


def _standard(status: int, scope: Scope, **facts: object) -> Response:
    return standard_problem(status, instance=scope["path"], language=_language(scope), facts=facts)


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
