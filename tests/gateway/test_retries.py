"""Queries are sent again after a refused connection or a 503, within bounds; mutations never are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from gateway.retries import Retries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gateway.conftest import FederatedGraph


def _unavailable(times: int, **headers: str) -> Callable[[Any], web.Response | None]:
    left = [None] * times

    def fault(_: Any) -> web.Response | None:
        if not left:
            return None
        left.pop()
        return web.Response(status=503, headers=headers)

    return fault


async def test_a_query_is_sent_again_after_503(shop: FederatedGraph) -> None:
    accounts = shop.subgraphs["accounts"]
    accounts.fault = _unavailable(2)
    assert await shop.ask("{ me { name } }") == {"data": {"me": {"name": "Ada"}}}
    assert len(accounts.requests) == 3


async def test_three_tries_are_all(shop: FederatedGraph) -> None:
    accounts = shop.subgraphs["accounts"]
    accounts.fault = _unavailable(3)
    answer = await shop.ask("{ me { name } }")
    assert answer["errors"][0]["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"
    assert len(accounts.requests) == 3


@pytest.mark.parametrize("status", [500, 502, 504, 429, 400])
async def test_no_other_status_is_tried_again(shop: FederatedGraph, status: int) -> None:
    accounts = shop.subgraphs["accounts"]
    accounts.fault = lambda _: web.Response(status=status)
    assert "errors" in await shop.ask("{ me { name } }")
    assert len(accounts.requests) == 1


async def test_a_wait_that_is_asked_for_is_kept_to(shop: FederatedGraph) -> None:
    shop.subgraphs["accounts"].fault = _unavailable(1, **{"Retry-After": "1"})
    started = time.monotonic()
    assert await shop.ask("{ me { name } }") == {"data": {"me": {"name": "Ada"}}}
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("seconds", ["120", "9" * 5000])
async def test_who_asks_for_a_long_wait_is_not_asked_again(shop: FederatedGraph, seconds: str) -> None:
    accounts = shop.subgraphs["accounts"]
    accounts.fault = _unavailable(1, **{"Retry-After": seconds})
    assert "errors" in await shop.ask("{ me { name } }")
    assert len(accounts.requests) == 1


async def test_no_try_outlasts_the_fetch(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_fetch_seconds=0.6) as shop:
        accounts = shop.subgraphs["accounts"]
        accounts.fault = _unavailable(9, **{"Retry-After": "1"})
        assert "errors" in await shop.ask("{ me { name } }")
        assert len(accounts.requests) == 1


async def test_a_mutation_is_sent_once(shop: FederatedGraph) -> None:
    stock = shop.subgraphs["stock"]
    stock.fault = _unavailable(9)
    await shop.ask('mutation { restock(upc: "b1", count: 1) { count } }')
    assert len(stock.requests) == 1


def test_a_subgraph_that_only_refuses_is_soon_asked_once_a_request() -> None:
    retries = Retries(tries=3)
    sent = 0
    for _ in range(1000):
        retries.count_request()
        made = 1
        while retries.wait_before_next(made, left_seconds=10, retry_after=None) is not None:
            made += 1
        sent += made
    assert sent <= 1000 + 50 + 200


@pytest.mark.parametrize(("made", "least", "most"), [(1, 0.025, 0.05), (2, 0.05, 0.1)])
def test_each_wait_is_twice_the_last(made: int, least: float, most: float) -> None:
    for _ in range(50):
        wait = Retries(tries=3).wait_before_next(made, left_seconds=10, retry_after="soon")
        assert wait is not None
        assert least <= wait <= most
