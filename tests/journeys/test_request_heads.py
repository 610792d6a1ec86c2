"""Heads that are endless or never come, to real servers: they hold nobody else up, and are given up."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from services.runtime.settings import Settings
from tests.api import token
from tests.journeys.conftest import Essor, serve, wait_until_alive

SECONDS = 1.5
PART = b"a" * 200_000


@pytest.fixture(scope="module", params=["loans", "gateway"])
def server(request: pytest.FixtureRequest, essor: Essor, journeys_settings: Settings) -> Iterator[str]:
    with ExitStack() as stack:
        address = serve(
            stack,
            journeys_settings,
            str(request.param),
            ESSOR_HEAD_SECONDS=str(SECONDS),
            ESSOR_MAX_HEAD_BYTES="16384",
            ESSOR_SUBGRAPH_LOANS_URL=f"{essor.loans[0]}/graphql",
            ESSOR_SUBGRAPH_CAPITAL_URL=f"{essor.capital[0]}/graphql",
        )
        wait_until_alive(address)
        yield address


def connect(server: str) -> socket.socket:
    address = httpx.URL(server)
    assert address.port is not None
    connection = socket.create_connection((address.host, address.port))
    connection.settimeout(30)
    return connection


def answer(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    with suppress(ConnectionResetError):  # what we had sent, it had not read
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET /health HTTP/1.1\r\nHost: essor\r\nX-Endless: ",
        b"GET /",
        # Behind a body that has ended, and in its framing.
        b"POST /v1/funds HTTP/1.1\r\nHost: essor\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Endless: ",
        b"POST /v1/funds HTTP/1.1\r\nHost: essor\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["header", "address", "trailer", "framing"],
)
def test_an_endless_head_is_cut_and_holds_nobody_up(server: str, beginning: bytes) -> None:
    sent = 0

    def send() -> None:
        nonlocal sent
        with connect(server) as connection, suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(beginning)
            while sent < 400:
                connection.sendall(PART)
                sent += 1

    sender = threading.Thread(target=send)
    sender.start()
    while sender.is_alive():
        started = time.monotonic()
        assert httpx.get(f"{server}/health", timeout=30).status_code == 200
        assert time.monotonic() - started < 5
        sender.join(0.2)
    assert sent < 100, "two hundred parts of what is allowed in one were taken"


def test_a_large_head_is_refused_in_words(server: str) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: essor\r\nX: " + b"a" * 20_000)
        head, _, body = answer(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "head-too-large"
    assert json.loads(body)["limit_bytes"] == 16_384


@pytest.mark.parametrize(
    ("sent", "answered"),
    [(b"GET /health HTTP/1.1\r\nHost: es", b"HTTP/1.1 408 Request Timeout"), (b"", b"")],
    ids=["half a head", "nothing"],
)
def test_a_head_that_does_not_come_is_given_up(server: str, sent: bytes, answered: bytes) -> None:
    with connect(server) as connection:
        started = time.monotonic()
        connection.sendall(sent)
        assert answer(connection).partition(b"\r\n")[0] == answered
        assert time.monotonic() - started < 10 * SECONDS


def test_so_is_one_behind_a_request_that_was_answered(server: str) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: essor\r\n\r\nGET /health HT")
        started = time.monotonic()
        answered = answer(connection)
        assert time.monotonic() - started < 10 * SECONDS
    assert answered.startswith(b"HTTP/1.1 200 OK")
    assert b"HTTP/1.1 408 Request Timeout" in answered


def test_a_slow_body_in_small_parts_is_none_of_it(server: str, journeys_settings: Settings) -> None:
    """Its framing comes to more than a head may be; its time is the request's own."""

    def parts() -> Iterator[bytes]:
        yield b'{"query": "{ __typename }", "name": "'
        time.sleep(SECONDS * 1.5)
        for _ in range(8_000):
            yield b"a"
        yield b'"}'

    bearer = token(journeys_settings, "operator", regions=["84"])
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    for path in ("/v1/funds", "/graphql"):
        response = httpx.post(f"{server}{path}", content=parts(), headers=headers, timeout=30)
        assert response.status_code in {200, 403, 404, 422}
