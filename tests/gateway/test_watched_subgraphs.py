"""What subgraphs fail in is hidden from clients and found by operators, by the request's id."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from aiohttp import web

from tests.gateway.ticker import tickers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gateway.conftest import FederatedGraph

SECRET = "connection to ada@db failed"


@pytest.fixture(autouse=True)
def _heard(_quiet: None) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))


def failing(*errors: Any) -> Callable[..., web.Response]:
    return lambda _: web.json_response({"data": {"me": None}, "errors": list(errors)})


def noted(logged: list[Any], event: str) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in line.items() if name not in {"event", "log_level"}}
        for line in logged
        if line["event"] == event
    ]


async def ask(shop: FederatedGraph, query: str = "{ me { name } }") -> Any:
    response = await shop.client.post("/graphql", json={"query": query}, headers={"x-request-id": "r-1"})
    return response.json()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (500, {"code": "SUBGRAPH_UNAVAILABLE", "status": 500}),
        (404, {"code": "SUBGRAPH_HTTP_ERROR", "status": 404}),
        (200, {"code": "SUBGRAPH_BAD_RESPONSE"}),
    ],
)
async def test_a_fetch_that_fails_is_logged(shop: FederatedGraph, status: int, told: dict[str, Any]) -> None:
    shop.subgraphs["accounts"].fault = lambda _: web.Response(status=status, text=SECRET)
    with structlog.testing.capture_logs() as logged:
        await ask(shop)
    assert noted(logged, "fetch-failed") == [{"request_id": "r-1", "service": "accounts", **told}]
    assert SECRET not in str(logged)


@pytest.mark.parametrize("logs", [False, True])
async def test_an_error_that_is_hidden_is_logged_and_its_text_where_that_is_set(
    start_shop: Callable[..., Any], *, logs: bool
) -> None:
    async with start_shop(gateway_log_hidden_errors=logs) as shop:
        shop.subgraphs["accounts"].fault = failing({"message": SECRET, "path": ["me"]}, "no error at all")
        with structlog.testing.capture_logs() as logged:
            answer = await ask(shop)
        assert SECRET not in str(answer)
        texts = {"texts": [SECRET, "str"]} if logs else {}
        assert noted(logged, "errors-hidden") == [
            {"request_id": "r-1", "service": "accounts", "count": 2, **texts}
        ]
        assert logs is (SECRET in str(logged))


async def test_a_stream_that_breaks_off_is_logged_and_so_is_what_an_event_hides() -> None:
    async with tickers() as running:
        with structlog.testing.capture_logs() as logged:
            async with running.subscriber.stream("subscription { onPriceChange { id } }") as stream:
                telling = await running.ticker.opened()
                price = {"id": "C1", "cents": 1, "note": None, "product": {"id": "P1"}}
                await telling.tell(price, errors=[{"message": SECRET}])
                await stream.event()
                telling.break_off()
                request_id = (await stream.end()).error["extensions"]["requestId"]
    told = {"request_id": request_id, "service": "prices"}
    assert noted(logged, "errors-hidden") == [{**told, "count": 1}]
    assert noted(logged, "stream-ended") == [{**told, "code": "SUBGRAPH_UNAVAILABLE"}]


async def test_an_error_that_was_foreseen_is_the_client_s_alone(shop: FederatedGraph) -> None:
    foreseen = {"message": "no such person", "path": ["me"], "extensions": {"code": "NOT_FOUND"}}
    shop.subgraphs["accounts"].fault = failing(foreseen)
    with structlog.testing.capture_logs() as logged:
        answer = await ask(shop)
    assert answer["errors"][0]["message"] == "no such person"
    assert noted(logged, "errors-hidden") == []


@pytest.mark.parametrize("reveals", [False, True])
async def test_what_other_servers_tell_of_their_inside_is_hidden_too(
    start_shop: Callable[..., Any], *, reveals: bool
) -> None:
    """They give a code to errors that nobody gave one, and where the error was raised beside any code."""
    unforeseen = {"code": "INTERNAL_SERVER_ERROR", "stacktrace": [SECRET]}
    refused = {"code": "FORBIDDEN", "stacktrace": [SECRET], "exception": {"name": SECRET}, "limit": 3}
    async with start_shop(gateway_reveal_errors=reveals) as shop:
        shop.subgraphs["accounts"].fault = failing(
            {"message": SECRET, "path": ["me"], "extensions": unforeseen},
            {"message": "not yours", "path": ["me"], "extensions": refused},
        )
        answer = await ask(shop)
    told = {error["extensions"]["code"]: error for error in answer["errors"]}
    assert told["FORBIDDEN"]["message"] == "not yours"
    assert told["FORBIDDEN"]["extensions"]["limit"] == 3
    assert reveals is (SECRET in str(answer))
    assert reveals is ("INTERNAL_SERVER_ERROR" in told)
