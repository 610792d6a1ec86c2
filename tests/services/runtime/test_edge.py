"""Ids, deadlines and log lines around a request, on a bare ASGI application."""

import asyncio
import re
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from services.runtime.edge import Edge
from services.runtime.logs import configure
from tests.api import Api, once


def read_log(capture: pytest.CaptureFixture[bytes]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in capture.readouterr().out.splitlines()]


async def sleep(request: Request) -> PlainTextResponse:
    await asyncio.sleep(float(request.query_params["seconds"]))
    return PlainTextResponse("done")


@pytest.fixture
def client() -> httpx.AsyncClient:
    inner = Starlette(routes=[Route("/sleep", sleep), Route("/wide/sleep", sleep)])
    app = Edge(inner, max_body_bytes=10, request_seconds=0.2, wider={re.compile("/wide"): (1000, 2.0)})
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://essor.test")


async def test_a_request_over_its_deadline_is_given_up(client: httpx.AsyncClient) -> None:
    response = await client.get("/sleep?seconds=5")
    assert (response.status_code, response.json()["code"]) == (504, "too-slow")
    assert response.json()["limit_seconds"] == 0.2


async def test_a_path_may_have_wider_limits(client: httpx.AsyncClient) -> None:
    assert (await client.get("/wide/sleep?seconds=0.4")).text == "done"
    assert (await client.request("GET", "/wide/sleep?seconds=0", content=b"x" * 500)).status_code == 200
    assert (await client.request("GET", "/sleep?seconds=0", content=b"x" * 500)).status_code == 413


async def test_a_log_line_names_the_route_and_never_what_was_asked(
    client: httpx.AsyncClient, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    configure("INFO")
    await client.get(
        "/sleep?seconds=0&name=Dupont",
        headers={"Authorization": "Bearer secret", "X-Request-Id": "1234567890"},
    )
    out = capfdbinary.readouterr().out
    line = orjson.loads(out.splitlines()[-1])
    assert {
        "event": "request",
        "method": "GET",
        "status": 200,
        "request_id": "1234567890",
    }.items() <= line.items()
    assert b"Dupont" not in out
    assert b"secret" not in out


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("²", 200),
        ("-5", 200),
        ("ten", 200),
        ("0000000000000000000009", 200),
        ("11", 413),
        ("9" * 19, 413),
        ("9" * 5000, 413),
    ],
)
async def test_a_declared_length_is_believed_only_where_it_refuses(
    client: httpx.AsyncClient, length: str, status: int
) -> None:
    # Over ASGI: a server would not let most of these through.
    headers = {b"content-length": length.encode("latin-1")}
    response = await client.get("/sleep?seconds=0", headers=headers)
    assert response.status_code == status


async def call(app: Edge, **scope: Any) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    base = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    await app({**base, **scope}, receive, send)
    return sent


async def test_a_timeout_inside_is_not_the_deadline() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise TimeoutError("the database did not answer")

    start, _ = await call(Edge(app, max_body_bytes=10, request_seconds=5))
    assert start["status"] == 503
    assert (b"retry-after", b"2") in start["headers"]


@pytest.mark.parametrize("failure", [ValueError("of Madame Dupont"), None])
async def test_an_answer_that_fails_half_way_is_cut_and_logged(
    failure: Exception | None, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        if failure is not None:
            raise failure
        await asyncio.sleep(5)

    configure("INFO")
    sent = await call(Edge(app, max_body_bytes=10, request_seconds=0.1))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    out = capfdbinary.readouterr().out
    assert b'"event":"answer-cut"' in out
    assert b"Dupont" not in out


async def test_no_answer_is_kept_by_what_lies_between(client: httpx.AsyncClient) -> None:
    for path in ("/sleep?seconds=0", "/nowhere", "/sleep?seconds=9"):
        headers = (await client.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


async def test_head_is_get_without_its_body(probe: Api) -> None:
    response = await probe.anonymous().head("/health")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 0


@pytest.mark.parametrize("path", ["/v1/deposits/%00", "/%00"])
async def test_an_address_with_a_nul_is_nowhere(probe: Api, path: str) -> None:
    response = await probe.as_("operator", regions=["84"]).get(path)
    assert (response.status_code, response.json()["code"]) == (404, "no-such-address")


async def test_a_parameter_with_a_nul_is_named(probe: Api) -> None:
    response = await probe.as_("operator", regions=["84"]).get("/v1/refusals/input?a=1&cae=7%00")
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"pointer": "?cae", "code": "control-character", "message": "Caractère de contrôle interdit."}
    ]


async def test_log_lines_name_addresses_without_the_dossiers_in_them(
    probe: Api, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    configure("INFO")
    operator = probe.as_("operator", regions=["84"], client="desk")
    await operator.get("/v1/refusals/crash")
    await operator.get("/v1/refusals/crash?name=Dupont")
    await operator.post("/v1/deposits", json={"amount_cents": 1}, headers=once())
    await operator.get("/v1/refusals/Dupont/")
    await probe.anonymous().get("/v1/refusals/Dupont")
    lines = [line for line in read_log(capfdbinary) if line["event"] == "request"]
    seen = [(line["method"], line["route"], line["status"], line["client"]) for line in lines]
    assert seen == [
        ("GET", "/v1/refusals/{kind}", 500, "desk"),
        ("GET", "/v1/refusals/{kind}", 422, "desk"),
        ("POST", "/v1/deposits", 201, "desk"),
        ("GET", "-", 404, "desk"),
        ("GET", "-", 401, None),
    ]
    assert "Dupont" not in str(lines)


async def test_a_websocket_finds_no_door(probe: Api) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await probe.app({"type": "websocket", "path": "/v1/deposits", "headers": []}, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_a_caller_who_leaves_half_way_through_a_body_breaks_nothing(
    probe: Api, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    configure("INFO")
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"amount_cents": 1', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(_message: Message) -> None:
        """Nobody listens."""

    bearer = probe.as_("operator", regions=["84"]).headers["authorization"]
    headers = [(b"authorization", bearer.encode()), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/deposits",
        "headers": headers,
        "query_string": b"",
    }
    await probe.app(scope, receive, send)
    (line,) = read_log(capfdbinary)
    assert (line["event"], line["route"], line["status"]) == ("request", "/v1/deposits", 400)
