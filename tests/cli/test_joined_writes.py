"""Over a real connection: what is written in one turn arrives at once, whole and in order."""

import asyncio
import socket
import time
from collections.abc import Callable

import pytest
import uvloop

from cli.joined_writes import MOST_BYTES, JoinedWrites

Act = Callable[[JoinedWrites], None]
HEAD, BODY = b"head" * 50, b"body" * 500


class Answering(asyncio.Protocol):
    """Does as a test says with what was asked for first, then hangs up where the test has not."""

    def __init__(self, act: Act) -> None:
        self._act = act

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._joined = JoinedWrites(transport, asyncio.get_running_loop())  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        self._act(self._joined)


def received(act: Act) -> list[bytes]:
    """What each look at the connection finds, from the first byte to the end."""

    def ask(port: int) -> list[bytes]:
        parts = []
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.settimeout(30)
            connection.sendall(b"?")
            while part := connection.recv(10_000_000):
                parts.append(part)
        return parts

    async def serve() -> list[bytes]:
        server = await asyncio.get_running_loop().create_server(lambda: Answering(act), "127.0.0.1", 0)
        async with server:
            return await asyncio.to_thread(ask, server.sockets[0].getsockname()[1])

    return uvloop.run(serve())


def linger() -> None:
    """Long enough for whoever waits at the other end to take what was sent."""
    time.sleep(0.2)


def test_a_head_and_its_body_arrive_together() -> None:
    def act(joined: JoinedWrites) -> None:
        joined.write(HEAD)
        linger()
        joined.write(BODY)
        asyncio.get_running_loop().call_later(0.1, joined.close)

    assert received(act) == [HEAD + BODY]


def test_what_waits_is_sent_before_the_connection_is_closed() -> None:
    def act(joined: JoinedWrites) -> None:
        joined.write(HEAD)
        joined.close()
        joined.write(BODY)

    assert received(act) == [HEAD]


def test_much_is_not_held_back() -> None:
    def act(joined: JoinedWrites) -> None:
        joined.write(HEAD)
        joined.write(b"x" * MOST_BYTES)
        linger()
        joined.write(BODY)
        asyncio.get_running_loop().call_later(0.1, joined.close)

    parts = received(act)
    assert b"".join(parts) == HEAD + b"x" * MOST_BYTES + BODY
    assert BODY not in parts[0]


@pytest.mark.parametrize("turns", [1, 5])
def test_turns_follow_each_other_in_order(turns: int) -> None:
    tasks: list[asyncio.Task[None]] = []

    def act(joined: JoinedWrites) -> None:
        async def answer() -> None:
            for turn in range(turns):
                joined.write(b"%d:" % turn)
                joined.write(b"%d;" % turn)
                await asyncio.sleep(0)
            joined.close()

        tasks.append(asyncio.ensure_future(answer()))

    assert b"".join(received(act)) == b"".join(b"%d:%d;" % (turn, turn) for turn in range(turns))
