"""Several requests in one array, where a setting allows them; and the cost that answers tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.shop import make_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.gateway.conftest import FederatedGraph

ME = {"query": "{ me { name } }"}
ADA = {"data": {"me": {"name": "Ada"}}}


@pytest.fixture(scope="module")
async def batch_shop() -> AsyncIterator[FederatedGraph]:
    settings = {"gateway_max_batch": 3, "gateway_max_cost": 20}
    async with federated(SUPERGRAPHS / "shop", make_shop(), **settings) as graph:
        yield graph


async def test_answers_come_in_the_order_of_the_requests(batch_shop: FederatedGraph) -> None:
    asked = [ME, {"query": "{ nothing }"}, {"query": '{ item(upc: "b1") { title } }'}]
    first, second, third = (await batch_shop.client.post("/graphql", json=asked)).json()
    assert first == ADA
    assert second["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert third == {"data": {"item": {"title": "Algebra"}}}


async def test_mutations_of_a_batch_are_carried_out_one_after_the_other(batch_shop: FederatedGraph) -> None:
    asked = [{"query": f'mutation {{ restock(upc: "b1", count: {count}) {{ count }} }}'} for count in (1, 2)]
    before = len(batch_shop.subgraphs["stock"].requests)
    answers = (await batch_shop.client.post("/graphql", json=asked)).json()
    assert all("errors" not in answer for answer in answers)
    texts = [each["query"] for each in batch_shop.subgraphs["stock"].requests[before:]]
    assert ["count:1" in text.replace(" ", "") for text in texts] == [True, False]


@pytest.mark.parametrize("count", [0, 4])
async def test_a_batch_is_limited(batch_shop: FederatedGraph, count: int) -> None:
    response = await batch_shop.client.post("/graphql", json=[ME] * count)
    told = response.json()
    assert (response.status_code, told["code"], told["limit"]) == (400, "batch-too-long", 3)


async def test_what_is_no_request_in_a_batch_is_told_by_its_place(batch_shop: FederatedGraph) -> None:
    response = await batch_shop.client.post("/graphql", json=[ME, {"query": 1}])
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/1/query")


async def test_a_batch_may_cost_what_one_request_may(batch_shop: FederatedGraph) -> None:
    costly = {"query": "{ items(first: 10) { title } }"}
    before = len(batch_shop.requests)
    response = await batch_shop.client.post("/graphql", json=[costly, costly])
    request_id = response.headers["x-request-id"]
    for answer in response.json():
        assert [error["extensions"] for error in answer["errors"]] == [
            {"code": "TOO_COSTLY", "cost": 22, "limit": 20, "requestId": request_id}
        ]
    assert len(batch_shop.requests) == before


async def test_the_cost_is_told_to_who_asks(batch_shop: FederatedGraph) -> None:
    costly = {"query": "{ items(first: 10) { title } }"}
    headers = {"graphql-cost": "report"}
    answer = (await batch_shop.client.post("/graphql", json=costly, headers=headers)).json()
    assert answer["extensions"] == {"cost": {"fields": 11, "limit": 20}}
    answer = (await batch_shop.client.post("/graphql", json=costly)).json()
    assert "extensions" not in answer


async def test_the_cost_is_told_to_all_where_the_setting_says_so(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_report_cost=True) as shop:
        answer = await shop.ask("{ me { name } }")
        assert answer == {**ADA, "extensions": {"cost": {"fields": 2, "limit": 100_000}}}
