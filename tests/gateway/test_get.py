"""Queries by GET, for caches: what is told of them, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.shop import make_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.gateway.conftest import FederatedGraph

SHOWN = {"graphql-require-preflight": "1"}
QUERY = "query Items($n: Int!) { items(first: $n) { title } } query Me { me { name } }"
ITEMS = {"query": QUERY, "operationName": "Items", "variables": '{"n": 1}'}


@pytest.fixture(scope="module")
async def read_shop() -> AsyncIterator[FederatedGraph]:
    async with federated(SUPERGRAPHS / "shop", make_shop()) as graph:
        yield graph


async def test_a_query_is_answered_with_what_caches_need(read_shop: FederatedGraph) -> None:
    response = await read_shop.client.get("/graphql", params=ITEMS, headers=SHOWN)
    assert response.json() == {"data": {"items": [{"title": "Algebra"}]}}
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["vary"] == "authorization, accept, accept-language, accept-encoding, graphql-cost"
    again = await read_shop.client.get(
        "/graphql", params=ITEMS, headers={**SHOWN, "if-none-match": f'"x", {response.headers["etag"]}'}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == response.headers["etag"]
    other = await read_shop.client.get(
        "/graphql", params={**ITEMS, "variables": '{"n": 2}'}, headers={**SHOWN, "if-none-match": '"x"'}
    )
    assert (other.status_code, other.headers["etag"] != response.headers["etag"]) == (200, True)


async def test_how_long_is_a_setting(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_cache_control="private, max-age=60") as shop:
        response = await shop.client.get("/graphql", params=ITEMS, headers=SHOWN)
        assert response.headers["cache-control"] == "private, max-age=60"
        shop.subgraphs["catalogue"].fault = lambda _: web.Response(status=500)
        response = await shop.client.get("/graphql", params=ITEMS, headers=SHOWN)
        assert "errors" in response.json()
        assert (response.headers["cache-control"], "etag" in response.headers) == ("no-store", False)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream", "text/event-stream, */*"])
async def test_a_mutation_is_refused_and_not_carried_out(read_shop: FederatedGraph, accept: str) -> None:
    mutation = {"query": 'mutation { restock(upc: "b1", count: 1) { count } }'}
    headers = {**SHOWN, "accept": accept}
    response = await read_shop.client.get("/graphql", params=mutation, headers=headers)
    assert (response.status_code, response.json()["code"]) == (405, "mutation-by-get")
    assert response.headers["allow"] == "POST"
    assert read_shop.subgraphs["stock"].requests == []


async def test_a_get_that_any_page_could_send_is_refused(read_shop: FederatedGraph) -> None:
    response = await read_shop.client.get("/graphql", params={"query": "{ me { name } }"})
    assert (response.status_code, response.json()["code"]) == (400, "preflight-required")
    assert "authorization" in response.json()["accepted"]


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer a"},
        {"apollo-require-preflight": "true"},
        {"x-apollo-operation-name": "Me"},
        {"content-type": "application/json"},
    ],
)
async def test_headers_that_a_page_cannot_send_unasked_open_it(
    read_shop: FederatedGraph, headers: dict[str, str]
) -> None:
    params = {"query": "{ me { name } }"}
    response = await read_shop.client.get("/graphql", params=params, headers=headers)
    assert response.json() == {"data": {"me": {"name": "Ada"}}}


@pytest.mark.parametrize(
    ("query_string", "pointer"),
    [
        ("", "?query"),
        ("query=", "?query"),
        ("query={me{id}}&query={me{name}}", "?query"),
        ("query={me{id}}&variables=nonsense", "?variables"),
        ("query={me{id}}&variables=[]", "?variables"),
        ("query={me{id}}&extensions=1", "?extensions"),
        ("query=%ff", ""),
        ("&".join(f"a{number}=1" for number in range(30)), ""),
    ],
)
async def test_parameters_that_cannot_be_read_are_told(
    read_shop: FederatedGraph, query_string: str, pointer: str
) -> None:
    response = await read_shop.client.get(f"/graphql?{query_string}", headers=SHOWN)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_a_refused_document_is_kept_by_no_cache(read_shop: FederatedGraph) -> None:
    accept = {"accept": "application/graphql-response+json"}
    response = await read_shop.client.get("/graphql?query={nothing}", headers={**SHOWN, **accept})
    assert (response.status_code, response.headers["cache-control"]) == (400, "no-store")


async def test_a_persisted_query_may_be_asked_by_get(read_shop: FederatedGraph) -> None:
    digest = "0" * 64
    extensions = json.dumps({"persistedQuery": {"version": 1, "sha256Hash": digest}})
    response = await read_shop.client.get("/graphql", params={"extensions": extensions}, headers=SHOWN)
    assert response.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert response.headers["cache-control"] == "no-store"


async def test_a_cache_keeps_answers_apart_by_what_subgraphs_are_sent(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_passed_headers="authorization,x-tenant") as shop:
        for query in (ITEMS, {"query": "{ nothing }"}):
            response = await shop.client.get("/graphql", params=query, headers=SHOWN)
            assert response.headers["vary"].split(", ")[-1] == "x-tenant"
