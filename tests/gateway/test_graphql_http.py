"""The door: what comes in, what goes on to subgraphs, what is refused and how."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from gateway.http_requests import chosen_media_type

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.gateway.conftest import FederatedGraph

GRAPHQL_JSON = "application/graphql-response+json"
PROBLEM_JSON = "application/problem+json"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, application/json;q=0.9", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0.5, application/json", "application/json"),
        (f"{GRAPHQL_JSON};q=0", "application/json"),
        (f"{GRAPHQL_JSON};q=nonsense", "application/json"),
        ("text/html", "application/json"),
    ],
)
def test_the_media_type_is_the_callers_choice(accept: str, expected: str) -> None:
    assert chosen_media_type(accept.encode()) == expected


async def test_both_media_types_are_answered(shop: FederatedGraph) -> None:
    for accept in ("application/json", GRAPHQL_JSON):
        response = await shop.client.post("/graphql", json={"query": "{me{id}}"}, headers={"accept": accept})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(accept)
        assert response.json() == {"data": {"me": {"id": "u1"}}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ me {", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ me { passwordHash } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ _entities }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ _service { sdl } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($first: Int!) { items(first: $first) { upc } }", "BAD_USER_INPUT"),
        ("{ me { ...A } } fragment A on User { manager { ...A } }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment A on User { id }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_refused_document_is_told_why(shop: FederatedGraph, query: str, code: str) -> None:
    plain = await shop.client.post("/graphql", json={"query": query})
    assert plain.status_code == 200, "plain JSON says it in the body only"
    strict = await shop.client.post("/graphql", json={"query": query}, headers={"accept": GRAPHQL_JSON})
    assert strict.status_code == 400
    answer = strict.json()
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
    assert shop.requests == []


@pytest.mark.parametrize(
    ("content", "headers", "status", "code", "pointer"),
    [
        (b"{", {}, 400, "malformed-json", None),
        (b"[]", {}, 400, "batch-refused", None),
        (b'[{"query": "{me{id}}"}, {"query": "{me{id}}"}]', {}, 400, "batch-refused", None),
        (b"3", {}, 422, "invalid-input", ""),
        (b'{"variables": {}}', {}, 422, "invalid-input", "/query"),
        (b'{"query": 1}', {}, 422, "invalid-input", "/query"),
        (b'{"query": "{me{id}}", "variables": []}', {}, 422, "invalid-input", "/variables"),
        (b'{"query": "{me{id}}", "operationName": 1}', {}, 422, "invalid-input", "/operationName"),
        (b"query={me{id}}", {"content-type": "text/plain"}, 415, "unsupported-media-type", None),
        (b'{"query": "' + b"x" * 2000 + b'"}', {}, 413, "body-too-large", None),
    ],
)
async def test_what_is_no_graphql_request_is_a_problem(
    start_shop: Callable[..., Any],
    content: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
    pointer: str | None,
) -> None:
    async with start_shop(gateway_max_body_bytes=1500) as shop:
        headers = {"content-type": "application/json", **headers}
        response = await shop.client.post("/graphql", content=content, headers=headers)
        told = response.json()
        assert (response.status_code, told["status"], told["code"]) == (status, status, code)
        assert response.headers["content-type"] == PROBLEM_JSON
        assert [error["pointer"] for error in told.get("errors", [])] == (
            [] if pointer is None else [pointer]
        )


async def test_a_body_of_unknown_length_is_limited_too(start_shop: Callable[..., Any]) -> None:
    async def parts() -> Any:
        for _ in range(30):
            yield b" " * 100

    async with start_shop(gateway_max_body_bytes=1500) as shop:
        headers = {"content-type": "application/json"}
        response = await shop.client.post("/graphql", content=parts(), headers=headers)
        assert response.status_code == 413


async def test_problems_speak_french_unless_english_is_preferred(shop: FederatedGraph) -> None:
    french = await shop.client.get("/nowhere")
    english = await shop.client.get("/nowhere", headers={"accept-language": "en-GB, fr;q=0.5"})
    assert (french.status_code, french.json()["title"]) == (404, "Adresse inconnue")
    assert (english.status_code, english.json()["title"]) == (404, "No such address")
    assert english.json()["instance"] == "/nowhere"
    refused = await shop.client.delete("/graphql")
    assert (refused.status_code, refused.json()["code"]) == (405, "method-not-allowed")
    assert refused.headers["allow"] == "GET, POST"


async def test_a_failure_of_our_own_is_a_problem_without_details(
    shop: FederatedGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("gateway.documents.Documents.operation", fail)
    response = await shop.client.post("/graphql", json={"query": "{me{id}}"})
    assert response.status_code == 500
    assert response.json()["code"] == "internal-error"
    assert "secret" not in response.text
    assert response.headers["x-request-id"]


async def test_headers_that_subgraphs_need_are_passed_on_and_no_others(shop: FederatedGraph) -> None:
    sent = {
        "authorization": "Bearer abc",
        "accept-language": "en",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "x-request-id": "asked-by-me.1",
        "cookie": "a=b",
        "x-forwarded-for": "192.0.2.1",
    }
    response = await shop.client.post("/graphql", json={"query": "{me{id}}"}, headers=sent)
    assert response.headers["x-request-id"] == "asked-by-me.1"
    got = {name.lower(): value for name, value in shop.subgraphs["accounts"].headers[0].items()}
    for name in ("authorization", "accept-language", "traceparent", "x-request-id"):
        assert got[name] == sent[name]
    assert not {"cookie", "x-forwarded-for"}.intersection(got)


@pytest.mark.parametrize("given", ["", "with space", "x" * 200, 'quote"'])
async def test_a_request_id_that_is_not_plain_is_replaced(shop: FederatedGraph, given: str) -> None:
    response = await shop.client.get("/health", headers={"x-request-id": given})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["x-request-id"])


async def test_ready_knows_its_subgraphs(shop: FederatedGraph) -> None:
    assert (await shop.client.get("/health")).json() == {"status": "ok"}
    ready = await shop.client.get("/ready")
    assert ready.status_code == 200
    assert ready.json()["subgraphs"] == dict.fromkeys(("accounts", "catalogue", "reviews", "stock"), "ready")
    await shop.subgraphs["stock"].stop()
    unready = await shop.client.get("/ready")
    assert unready.status_code == 503
    assert unready.json()["subgraphs"]["stock"] == "unavailable"
    assert (await shop.client.get("/health")).status_code == 200


@pytest.mark.parametrize(
    ("status", "state"), [(200, "ready"), (401, "ready"), (404, "unavailable"), (500, "unavailable")]
)
async def test_a_subgraph_that_refuses_strangers_is_ready_and_one_that_is_elsewhere_is_not(
    shop: FederatedGraph, status: int, state: str
) -> None:
    shop.subgraphs["stock"].fault = lambda _: web.json_response({}, status=status)
    assert (await shop.client.get("/ready")).json()["subgraphs"]["stock"] == state


async def test_a_body_that_comes_too_slowly_is_given_up(start_shop: Callable[..., Any]) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await asyncio.sleep(30)
        yield b'"{me{id}}"}'

    async with start_shop(gateway_request_seconds=0.1) as shop:
        started = time.monotonic()
        headers = {"content-type": "application/json", "accept-language": "en"}
        response = await shop.client.post("/graphql", content=body(), headers=headers)
    assert time.monotonic() - started < 10
    assert (response.status_code, response.json()["code"]) == (504, "too-slow")
    assert response.json()["title"] == "Too slow"
    assert response.json()["limit_seconds"] == 0.1
    assert response.headers["x-request-id"]


async def test_what_costs_too_much_reaches_no_subgraph(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_max_cost=10) as shop:
        answer = await shop.ask("query($n: Int!) { items(first: $n) { upc } }", {"n": 10})
        assert [error["extensions"] for error in answer["errors"]] == [
            {"code": "TOO_COSTLY", "cost": 11, "limit": 10}
        ]
        assert shop.requests == []
        answer = await shop.ask("query($n: Int!) { items(first: $n) { upc } }", {"n": 9})
        assert "errors" not in answer
