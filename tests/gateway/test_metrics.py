"""What is counted of requests, fetches and documents, as Prometheus reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gateway.conftest import FederatedGraph


async def samples(shop: FederatedGraph) -> dict[tuple[str, ...], float]:
    """By name and values of labels, in the order of the labels' names."""
    response = await shop.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (
            sample.name.removeprefix("essor_gateway_"),
            *(sample.labels[label] for label in sorted(sample.labels)),
        ): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_what_was_done_is_counted(shop: FederatedGraph) -> None:
    for _ in range(3):
        await shop.ask("{ items(first: 1) { title rating } }")
    shop.subgraphs["reviews"].fault = lambda _: web.Response(status=500)
    await shop.ask("{ items(first: 1) { title rating } }")
    await shop.ask("{ nothing }")
    told = await samples(shop)
    assert told["requests_total", "data"] == 3
    assert told["requests_total", "partial"] == 1
    assert told["requests_total", "refused"] == 1
    assert told["fetches_total", "answered", "catalogue"] == 4
    assert told["fetches_total", "answered", "reviews"] == 3
    assert told["fetches_total", "SUBGRAPH_UNAVAILABLE", "reviews"] == 1
    assert told["fetch_seconds_count", "reviews"] == 4
    assert told["request_seconds_count",] == 4
    assert told["documents_total", "known"] == 3
    assert told["documents_total", "new"] == 2
    assert told["planning_seconds_count",] == 1
    assert told["documents_kept",] == 1
    assert told["requests_in_progress",] == 0


async def test_buckets_add_up(shop: FederatedGraph) -> None:
    shop.subgraphs["accounts"].delay_seconds = 0.03
    await shop.ask("{ me { name } }")
    told = await samples(shop)
    assert told["fetch_seconds_bucket", "0.025", "accounts"] == 0
    assert told["fetch_seconds_bucket", "+Inf", "accounts"] == 1
    assert told["fetch_seconds_sum", "accounts"] >= 0.03


async def test_a_key_closes_them(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_metrics_key="a long enough key") as shop:
        refused = await shop.client.get("/metrics", headers={"authorization": "Bearer another"})
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
        headers = {"authorization": "Bearer a long enough key"}
        assert (await shop.client.get("/metrics", headers=headers)).status_code == 200


async def test_a_fetch_that_is_sent_again_is_one_fetch_and_its_retries_are_told(shop: FederatedGraph) -> None:
    answers = iter([503, 503])
    shop.subgraphs["accounts"].fault = lambda _: (
        web.Response(status=status) if (status := next(answers, None)) is not None else None
    )
    assert (await shop.ask("{ me { name } }"))["data"] == {"me": {"name": "Ada"}}
    told = await samples(shop)
    assert told["fetches_total", "answered", "accounts"] == 1
    assert told["retries_total", "accounts"] == 2
