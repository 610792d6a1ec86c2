"""HTTP/1.1 as a gateway needs it: POSTs of one body to one address over kept-alive connections.

Bare asyncio and httptools' parser: what a general client does beyond that (sessions, cookies, redirects,
encodings, streams) cost a third of all that the gateway does for a request.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import urlsplit

import httptools

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_FINAL_STATUS = 200
HEAD_BYTES = 65_536
"""The most that an answer may have before its body."""


class ConnectionFailedError(Exception):
    """No connection, or one that ended or spoke no HTTP before the answer was whole."""


class ResponseTooLargeError(Exception):
    pass


class Response(NamedTuple):
    status: int
    content: bytes
    retry_after: str | None
    """The header of that name."""


class Endpoint:
    """One address and the connections to it, of which there are never more than `connections`."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        connections: int,
        response_bytes: int,
        keep_alive_seconds: float,
    ) -> None:
        if not is_address(url):
            raise ValueError(f"not an http address without credentials: {url}")
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._head = f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n".encode("ascii") + written(headers)
        self.response_bytes = response_bytes
        self._keep_alive_seconds = keep_alive_seconds
        self._most = connections
        self._open: set[Connection] = set()
        self._opening = 0
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        """Who waits, in order: for a connection, or for leave to open one, which counts as opening."""
        self._sweep: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def post(self, body: bytes, headers: bytes, *, until: float) -> Response:
        """`headers` are written ones; `until` is a time of the event loop's clock.

        Raises `TimeoutError`, `ConnectionFailedError` and `ResponseTooLargeError`.
        """
        if until <= asyncio.get_running_loop().time():
            raise TimeoutError  # what is sent may be carried out, whether or not anybody waits for it
        connection = self._idle_connection() or await self._connection(until)
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        return await connection.exchange(b"".join((self._head, headers, length, body)), until)

    def close(self) -> None:
        """What is under way fails, and so does what comes later."""
        self._is_closed = True
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(_closed())
        for connection in list(self._open):
            connection.abort()

    # what connections tell

    def freed(self, connection: Connection) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep_later()

    def lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._let_open()

    # connections

    def _idle_connection(self) -> Connection | None:
        if not self._idle:
            return None
        oldest = asyncio.get_running_loop().time() - self._keep_alive_seconds
        while self._idle:
            connection = self._idle.pop()
            if connection.idle_since > oldest and not connection.is_closing():
                return connection
            connection.abort()
        return None

    async def _connection(self, until: float) -> Connection:
        async with asyncio.timeout_at(until):
            while self._waiting or self._is_full:
                given = await self._turn()
                if given is None:
                    break
                if not given.is_closing():
                    return given
            else:
                self._opening += 1
            try:
                return await self._opened_now()
            finally:
                self._opening -= 1
                self._let_open()

    @property
    def _is_full(self) -> bool:
        return len(self._open) + self._opening >= self._most

    async def _opened_now(self) -> Connection:
        if self._is_closed:
            raise _closed()
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self), self._host, self._port, ssl=self._tls
            )
        except OSError as error:
            raise ConnectionFailedError(str(error)) from error
        if connection.is_closing():
            raise ConnectionFailedError("closed before it was used")
        # Only now: of one that is given up on while it opens, uvloop does not say that it is lost.
        self._open.add(connection)
        return connection

    async def _turn(self) -> Connection | None:
        """A connection, in the order of those who wait; None is leave to open one."""
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._give_back(turn.result())  # it was ours already: somebody else's now
            raise

    def _give_back(self, given: Connection | None) -> None:
        if given is None:
            self._opening -= 1
            self._let_open()
        elif not given.is_closing():
            self.freed(given)

    def _let_open(self) -> None:
        while self._waiting and not self._is_full:
            turn = self._waiting.popleft()
            if not turn.done():
                self._opening += 1
                turn.set_result(None)

    def _sweep_later(self) -> None:
        self._sweep = asyncio.get_running_loop().call_later(self._keep_alive_seconds, self._swept)

    def _swept(self) -> None:
        self._sweep = None
        oldest = asyncio.get_running_loop().time() - self._keep_alive_seconds
        for connection in [each for each in self._idle if each.idle_since <= oldest]:
            connection.abort()
        if self._idle:
            self._sweep_later()


class Connection(asyncio.Protocol):
    """One request after the other. Whatever is not a whole answer ends it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.idle_since = 0.0
        self._endpoint = endpoint
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Response] | None = None
        self._content: list[bytes] = []
        self._size = 0
        self._received = 0
        self._retry_after: str | None = None
        self._has_head = False
        self._has_length = False

    async def exchange(self, request: bytes, until: float) -> Response:
        if self._transport is None or self._transport.is_closing():
            raise ConnectionFailedError("closed before it was used")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Response] = loop.create_future()
        self._answer = answer
        self._received = 0
        timer = loop.call_at(until, self._fail, TimeoutError())
        self._transport.write(request)
        try:
            return await answer
        except asyncio.CancelledError:
            self.abort()
            raise
        finally:
            timer.cancel()

    def is_closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # what the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.abort()  # an answer to nothing that was asked
            return
        # Framing and trailers count as well; what has just come may be a whole answer, and does not yet.
        most = HEAD_BYTES + (2 * self._endpoint.response_bytes if self._has_head else 0)
        if self._received > most:
            self._fail(ResponseTooLargeError())
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ConnectionFailedError(f"not HTTP: {type(error).__name__}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._has_head and not self._has_length and exc is None:
            self._complete()  # without a length, a body ends with the connection
        self._fail(ConnectionFailedError("ended before the answer did"))
        self._transport = None
        self._endpoint.lost(self)

    # what the parser tells

    def on_message_begin(self) -> None:
        if self._answer is None:
            self.abort()  # a second answer to one request: what follows cannot be trusted
        self._content, self._size, self._retry_after = [], 0, None
        self._has_head = self._has_length = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_head:
            return  # of trailers nothing is wanted
        name = name.lower()
        if name == b"content-length":
            self._has_length = True
            if int(value[:20]) > self._endpoint.response_bytes:
                self._fail(ResponseTooLargeError())
        elif name == b"transfer-encoding":
            self._has_length = True
        elif name == b"retry-after":
            self._retry_after = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > self._endpoint.response_bytes:
            self._fail(ResponseTooLargeError())
        else:
            self._content.append(body)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < FIRST_FINAL_STATUS:
            self._has_head = False  # the answer is still to come
            return
        keeps = self._parser.should_keep_alive()
        self._complete()
        if not keeps:
            self.abort()
        elif not self.is_closing():
            self._endpoint.freed(self)

    def _complete(self) -> None:
        answer, self._answer = self._answer, None
        content, self._content = self._content, []
        self._has_head = False
        if answer is not None and not answer.done():
            whole = content[0] if len(content) == 1 else b"".join(content)
            answer.set_result(Response(self._parser.get_status_code(), whole, self._retry_after))

    def _fail(self, failure: Exception) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            if not answer.done():
                answer.set_exception(failure)
            self.abort()


def is_address(url: str) -> bool:
    """Whether it is one of http, without credentials."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def _closed() -> ConnectionFailedError:
    return ConnectionFailedError("no more requests are sent there")


def written(headers: Mapping[str, str]) -> bytes:
    """Headers as they go over the wire; raises `ValueError` for one that would be two."""
    text = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if text.count("\n") != len(headers) or text.count("\r") != len(headers):
        raise ValueError("a header holds a line break")
    return text.encode("latin-1")
