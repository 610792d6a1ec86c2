"""The client's answers from a server that sends just the bytes a test says, in the pieces it says."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gateway.http_client import Connection, ConnectionFailedError, Endpoint, ResponseTooLargeError, written

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"
HANG_UP = b""
MOST = 1000


class Server:
    """Answers each request with the next of its answers, piece by piece; `HANG_UP` ends the connection."""

    def __init__(self, answers: Sequence[Sequence[bytes]]) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
        self.asked, self.ended = asyncio.Event(), asyncio.Event()
        self.release = asyncio.Event()
        self.release.set()
        self.tasks: list[asyncio.Task[None] | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.append(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                self.asked.set()
                await self.release.wait()
                for piece in self.answers.pop(0):
                    if piece == HANG_UP:
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.001)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.ended.set()
            writer.close()


@asynccontextmanager
async def serving(*answers: Sequence[bytes], **more: Any) -> AsyncIterator[tuple[Server, Endpoint]]:
    server = Server(answers)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        settings: dict[str, Any] = {
            "connections": 4,
            "response_bytes": MOST,
            "keep_alive_seconds": 60,
            **more,
        }
        endpoint = Endpoint(f"http://127.0.0.1:{port}/graphql?a=b", {"X-Fixed": "1"}, **settings)
        try:
            yield server, endpoint
        finally:
            endpoint.close()
            server.release.set()
            await asyncio.gather(*filter(None, server.tasks))


async def post(endpoint: Endpoint, *, seconds: float = 5) -> tuple[int, bytes]:
    until = asyncio.get_running_loop().time() + seconds
    status, content, _ = await endpoint.post(b"{}", b"X-Own: 2\r\n", until=until)
    return status, content


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([HELLO], (200, b"hello")),
        ([bytes([byte]) for byte in HELLO], (200, b"hello")),
        ([b"HTTP/1.1 503 No\r\ncontent-length:0\r\n\r\n"], (503, b"")),
        ([b"HTTP/1.1 204 None\r\n\r\n"], (204, b"")),
        (
            [OK, b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nhel\r\n2\r", b"\nlo\r\n0\r\n\r\n"],
            (200, b"hello"),
        ),
        (
            [OK, b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n"],
            (200, b"hello"),
        ),
        ([OK, b"\r\nhel", b"lo", HANG_UP], (200, b"hello")),
        ([b"HTTP/1.0 200 OK\r\n\r\nhello", HANG_UP], (200, b"hello")),
        (
            [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", HELLO],
            (200, b"hello"),
        ),
        ([OK + b"Content-Length: 1000\r\n\r\n" + b"x" * MOST], (200, b"x" * MOST)),
    ],
    ids=[
        "with a length",
        "byte by byte",
        "another status, no body",
        "a status without body",
        "in chunks",
        "with a trailer",
        "until the connection ends",
        "of HTTP 1.0",
        "after informational ones",
        "as large as allowed",
    ],
)
async def test_an_answer_is_read_whole(pieces: list[bytes], expected: tuple[int, bytes]) -> None:
    async with serving(pieces) as (server, endpoint):
        assert await post(endpoint) == expected
        (request,) = server.requests
        assert request.startswith(b"POST /graphql?a=b HTTP/1.1\r\nHost: 127.0.0.1:")
        assert request.endswith(b"\r\nX-Fixed: 1\r\nX-Own: 2\r\nContent-Length: 2\r\n\r\n{}")


@pytest.mark.parametrize(
    ("pieces", "failure"),
    [
        ([HANG_UP], ConnectionFailedError),
        ([OK, HANG_UP], ConnectionFailedError),
        ([OK + b"Content-Length: 5\r\n\r\nhell", HANG_UP], ConnectionFailedError),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", HANG_UP], ConnectionFailedError),
        ([b"SSH-2.0-OpenSSH\r\n"], ConnectionFailedError),
        ([OK + b"Content-Length: -1\r\n\r\n"], ConnectionFailedError),
        ([OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"], ConnectionFailedError),
        ([OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello"], ConnectionFailedError),
        ([b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"], ConnectionFailedError),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", HANG_UP], ConnectionFailedError),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200", HANG_UP], ConnectionFailedError),
        ([OK + b"Content-Length: 1001\r\n\r\n"], ResponseTooLargeError),
        ([OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n"], ConnectionFailedError),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n", b"3E9\r\n" + b"x" * 1001], ResponseTooLargeError),
        ([OK + b"\r\n", b"x" * 600, b"x" * 600], ResponseTooLargeError),
        ([OK, *[b"X-Long: " + b"x" * 20_000 + b"\r\n"] * 5], ResponseTooLargeError),
        (
            [
                OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
                *[b"X-Trailer: " + b"x" * 20_000 + b"\r\n"] * 6,
            ],
            ResponseTooLargeError,
        ),
    ],
)
async def test_what_is_no_whole_answer_is_a_failure_and_ends_the_connection(
    pieces: list[bytes], failure: type[Exception]
) -> None:
    async with serving(pieces, [HELLO]) as (server, endpoint):
        with pytest.raises(failure):
            await post(endpoint)
        assert await post(endpoint) == (200, b"hello")
        assert server.connections == 2


async def test_an_answer_says_when_to_come_again_and_the_next_one_does_not() -> None:
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    async with serving([busy], [HELLO]) as (_, endpoint):
        until = asyncio.get_running_loop().time() + 5
        told = [(await endpoint.post(b"{}", b"", until=until)).retry_after for _ in range(2)]
        assert told == ["7", None]


async def test_connections_are_kept_for_the_next_request() -> None:
    async with serving(*[[HELLO]] * 3) as (server, endpoint):
        for _ in range(3):
            await post(endpoint)
        assert server.connections == 1


@pytest.mark.parametrize(
    "pieces",
    [
        [OK + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello"],
        [HELLO + HELLO],
        [HELLO, HELLO],
    ],
    ids=["says so", "answered twice at once", "answered twice"],
)
async def test_a_connection_that_cannot_be_trusted_is_not_kept(pieces: list[bytes]) -> None:
    async with serving(pieces, [HELLO.replace(b"hello", b"other")]) as (server, endpoint):
        assert await post(endpoint) == (200, b"hello")
        await asyncio.sleep(0.05)
        assert await post(endpoint) == (200, b"other")
        assert server.connections == 2


async def test_an_idle_connection_ends_after_its_time() -> None:
    async with serving([HELLO], [HELLO], keep_alive_seconds=0.05) as (server, endpoint):
        await post(endpoint)
        await server.ended.wait()
        await post(endpoint)
        assert server.connections == 2


async def test_a_late_answer_is_given_up_on_and_its_connection_with_it() -> None:
    async with serving([HELLO], [HELLO]) as (server, endpoint):
        server.release.clear()
        with pytest.raises(TimeoutError):
            await post(endpoint, seconds=0.05)
        server.release.set()
        assert await post(endpoint) == (200, b"hello")
        assert server.connections == 2


@pytest.mark.parametrize("seconds", [0, -1])
async def test_nothing_is_sent_once_the_time_for_an_answer_has_passed(seconds: float) -> None:
    """A mutation would be carried out, and told as not answered."""
    async with serving([HELLO], [HELLO]) as (server, endpoint):
        await post(endpoint)
        with pytest.raises(TimeoutError):
            await post(endpoint, seconds=seconds)
        await post(endpoint)
        assert (len(server.requests), server.connections) == (2, 1)


async def test_a_request_that_nobody_waits_for_any_more_ends_its_connection() -> None:
    async with serving([HELLO], [HELLO]) as (server, endpoint):
        server.release.clear()
        asking = asyncio.create_task(post(endpoint))
        await server.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        server.release.set()
        assert await post(endpoint) == (200, b"hello")
        assert server.connections == 2


async def test_no_more_connections_than_allowed_and_every_request_gets_its_turn() -> None:
    async with serving(*[[HELLO]] * 30, connections=3) as (server, endpoint):
        answers = await asyncio.gather(*(post(endpoint) for _ in range(30)))
        assert answers == [(200, b"hello")] * 30
        assert server.connections == 3


async def test_a_turn_that_comes_too_late_is_passed_on() -> None:
    async with serving([HELLO], [HELLO], connections=1) as (server, endpoint):
        server.release.clear()
        first = asyncio.create_task(post(endpoint))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await post(endpoint, seconds=0.05)
        last = asyncio.create_task(post(endpoint))
        server.release.set()
        assert [await first, await last] == [(200, b"hello")] * 2
        assert server.connections == 1


async def test_who_waits_for_a_connection_goes_before_who_comes_later() -> None:
    async with serving(*[[HELLO]] * 12, connections=1) as (server, endpoint):
        until = asyncio.get_running_loop().time() + 5
        server.release.clear()

        async def ask_ten_times() -> None:
            for _ in range(10):
                await endpoint.post(b"{}", b"X-From: greedy\r\n", until=until)

        greedy = asyncio.create_task(ask_ten_times())
        await server.asked.wait()
        waiting = [
            asyncio.create_task(endpoint.post(b"{}", b"X-From: %s\r\n" % name, until=until))
            for name in (b"first", b"second")
        ]
        await asyncio.sleep(0)
        server.release.set()
        await asyncio.gather(greedy, *waiting)
        callers = [request.partition(b"X-From: ")[2].split(b"\r\n")[0] for request in server.requests]
        assert callers == [b"greedy", b"first", b"second", *[b"greedy"] * 9]
        assert server.connections == 1


@pytest.mark.parametrize(
    ("happens", "connections"), [("freed", 1), ("lost", 2)], ids=["a connection is free", "one may be opened"]
)
async def test_a_turn_that_nobody_takes_is_the_next_ones(
    happens: str, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled in the very moment when its turn has come."""
    async with serving([HELLO], [HELLO], [HELLO], connections=1) as (server, endpoint):
        server.release.clear()
        first, second, third = (asyncio.create_task(post(endpoint)) for _ in range(3))
        await server.asked.wait()
        happened = getattr(endpoint, happens)

        def happen(connection: Connection) -> None:
            happened(connection)
            second.cancel()
            monkeypatch.undo()

        monkeypatch.setattr(endpoint, happens, happen)
        server.release.set()
        if happens == "lost":
            first.cancel()
        assert await third == (200, b"hello")
        assert second.cancelled()
        assert server.connections == connections


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_connection_that_is_given_up_on_while_it_opens_takes_no_place(
    loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been made by then; and not every loop tells that it is lost."""
    made = Connection.connection_made

    async def give_up_and_ask_again() -> None:
        async with serving([HELLO], connections=1) as (_, endpoint):
            asking = asyncio.create_task(post(endpoint))

            def give_up(self: Connection, transport: asyncio.BaseTransport) -> None:
                made(self, transport)
                asking.cancel()

            monkeypatch.setattr(Connection, "connection_made", give_up)
            with pytest.raises(asyncio.CancelledError):
                await asking
            monkeypatch.undo()
            assert await post(endpoint) == (200, b"hello")

    factory = pytest.importorskip(loop).new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(give_up_and_ask_again())


async def test_who_waits_when_it_is_closed_is_told_so_and_opens_nothing() -> None:
    async with serving([HELLO], [HELLO], connections=1) as (server, endpoint):
        server.release.clear()
        asking = [asyncio.create_task(post(endpoint)) for _ in range(3)]
        await server.asked.wait()
        endpoint.close()
        for each in asking:
            with pytest.raises(ConnectionFailedError):
                await each
        with pytest.raises(ConnectionFailedError):
            await post(endpoint)
        assert server.connections == 1


async def test_nobody_there_is_a_failure() -> None:
    async with serving() as (_, endpoint):
        pass
    with pytest.raises(ConnectionFailedError):
        await post(endpoint)


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\rb"])
def test_a_header_cannot_become_two(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        written({"x-request-id": value})


@pytest.mark.parametrize("url", ["ftp://there/", "http:///path", "http://user:secret@there/", "there"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an http address"):
        Endpoint(url, {}, connections=1, response_bytes=1, keep_alive_seconds=1)
