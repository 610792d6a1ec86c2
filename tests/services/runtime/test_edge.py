"""Ids, deadlines and log lines around a request, on a bare ASGI application."""

import asyncio

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.runtime.edge import Edge
from services.runtime.logs import configure


async def sleep(request: Request) -> PlainTextResponse:
    await asyncio.sleep(float(request.query_params["seconds"]))
    return PlainTextResponse("done")


@pytest.fixture
def client() -> httpx.AsyncClient:
    inner = Starlette(routes=[Route("/sleep", sleep), Route("/wide/sleep", sleep)])
    app = Edge(inner, max_body_bytes=10, request_seconds=0.2, wider={"/wide": (1000, 2.0)})
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
