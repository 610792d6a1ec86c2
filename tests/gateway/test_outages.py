"""A subgraph that is down, slow or wrong costs its own part of the answer, and is named."""

from __future__ import annotations

import asyncio
import time
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from gateway.executor.execute import PreparedPart
from gateway.executor.projection import Projector
from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.worlds import make_maze

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gateway.conftest import FederatedGraph


@pytest.fixture(autouse=True, params=[1000, 0], ids=["interpreted", "written out"])
def _written_after(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong comes to the same, whether or not functions have been written for the document."""
    monkeypatch.setattr(PreparedPart, "written_after", request.param)
    monkeypatch.setattr(Projector, "written_after", request.param)


async def test_a_subgraph_that_is_down_costs_only_its_part(shop: FederatedGraph) -> None:
    await shop.subgraphs["stock"].stop()
    answer = await shop.ask("{ me { name } items(first: 2) { title rating inStock } warehouses { id } }")
    assert answer["data"] is None or "me" in answer["data"]
    paths = {str(error["path"]) for error in answer["errors"]}
    assert paths == {"['items']", "['warehouses']"}
    for error in answer["errors"]:
        assert error["extensions"] == {"code": "SUBGRAPH_UNAVAILABLE", "service": "stock"}


async def test_nullable_fields_of_a_lost_entity_are_null(shop: FederatedGraph) -> None:
    await shop.subgraphs["stock"].stop()
    answer = await shop.ask('{ item(upc: "b1") { title ... on Book { shippingCost rating } } }')
    assert answer == {
        "errors": [
            {
                "message": "The service stock cannot be reached.",
                "path": ["item", "shippingCost"],
                "extensions": {"code": "SUBGRAPH_UNAVAILABLE", "service": "stock"},
            }
        ],
        "data": {"item": {"title": "Algebra", "shippingCost": None, "rating": 4.5}},
    }


async def test_what_depends_on_a_lost_graph_is_not_asked(shop: FederatedGraph) -> None:
    await shop.subgraphs["accounts"].stop()
    answer = await shop.ask(
        '{ found(text: "x") { ... on User { name reviews { id } } ... on Book { title } } }'
    )
    assert answer["data"]["found"] == [{"title": "Algebra"}, None, None, {}]
    lost, bubbled = answer["errors"]
    assert (lost["path"], lost["extensions"]["service"]) == (["found", 2, "name"], "accounts")
    assert bubbled["path"] == ["found", 2, "reviews"]
    assert not shop.subgraphs["reviews"].requests, "its key comes from accounts"


async def test_a_slow_subgraph_is_given_up_on(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_fetch_seconds=0.2) as shop:
        shop.subgraphs["reviews"].delay_seconds = 5
        started = time.monotonic()
        answer = await shop.ask("{ items(first: 1) { title rating } }")
        assert time.monotonic() - started < 4, "less than the subgraph takes"
        assert answer["data"] == {"items": [{"title": "Algebra", "rating": None}]}
        (error,) = answer["errors"]
        assert error["path"] == ["items", 0, "rating"]
        assert error["extensions"] == {"code": "SUBGRAPH_TIMEOUT", "service": "reviews"}


async def test_one_deadline_holds_for_the_whole_request(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_request_seconds=0.5, gateway_fetch_seconds=0.4) as shop:
        for server in shop.subgraphs.values():
            server.delay_seconds = 0.3
        started = time.monotonic()
        answer = await shop.ask("{ me { name bought { rating reviews { author { id } } } } }")
        assert time.monotonic() - started < 4
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"SUBGRAPH_TIMEOUT"}


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (lambda: web.Response(status=500, text="boom: secret"), "SUBGRAPH_UNAVAILABLE"),
        (lambda: web.Response(status=503), "SUBGRAPH_UNAVAILABLE"),
        (lambda: web.Response(status=403, text="no"), "SUBGRAPH_HTTP_ERROR"),
        (
            lambda: web.Response(status=302, headers={"location": "http://127.0.0.1:1/"}),
            "SUBGRAPH_HTTP_ERROR",
        ),
        (lambda: web.Response(text="<html>secret</html>"), "SUBGRAPH_BAD_RESPONSE"),
        (lambda: web.json_response([1]), "SUBGRAPH_BAD_RESPONSE"),
        (lambda: web.json_response({"data": None}), "SUBGRAPH_BAD_RESPONSE"),
        (lambda: web.json_response({"data": {"_entities": []}}), "SUBGRAPH_BAD_RESPONSE"),
        (lambda: web.json_response({"data": {"_entities": [None, None, None]}}), "SUBGRAPH_BAD_RESPONSE"),
        (lambda: web.Response(text='{"data": "' + "x" * 2000 + '"}'), "SUBGRAPH_RESPONSE_TOO_LARGE"),
    ],
)
async def test_a_wrong_answer_is_an_error_that_tells_no_secret(
    start_shop: Callable[..., Any], response: Callable[[], web.Response], code: str
) -> None:
    async with start_shop(gateway_max_subgraph_bytes=1500) as shop:
        shop.subgraphs["reviews"].fault = lambda _: response()
        answer = await shop.ask('{ item(upc: "b1") { title rating } }')
        assert answer["data"] == {"item": {"title": "Algebra", "rating": None}}
        (error,) = answer["errors"]
        assert error["path"] == ["item", "rating"]
        assert error["extensions"]["code"] == code
        assert error["extensions"]["service"] == "reviews"
        assert "secret" not in str(answer)


def _errors_of_entities(asked: dict[str, Any]) -> web.Response:
    count = len(asked["variables"]["representations"])
    error = {"message": "no rating", "path": ["_entities", 1, "rating"], "extensions": {"code": "NO_RATING"}}
    entities = [{"rating": 1.5} for _ in range(count)]
    entities[1] = {"rating": None}  # type: ignore[dict-item]
    return web.json_response({"data": {"_entities": entities}, "errors": [error]})


async def test_no_loss_is_silent_however_oddly_it_is_told(shop: FederatedGraph) -> None:
    oddly: list[Any] = [
        "boom: secret",
        [1],
        ["secret"],
        [None],
        {"message": "secret"},
        [{}],
        [{"message": 3}],
    ]
    nothing: list[Any] = [None, {"_entities": None}, {"_entities": [None]}, "odd"]
    for errors, data in product(oddly, nothing):
        shop.subgraphs["reviews"].fault = lambda _, told={"data": data, "errors": errors}: web.json_response(
            told
        )
        answer = await shop.ask('{ item(upc: "b1") { title rating } }')
        assert answer["data"] == {"item": {"title": "Algebra", "rating": None}}
        (error,) = answer["errors"]
        assert error == {
            "message": "The service reviews could not give this.",
            "path": ["item"],
            "extensions": {"code": "DOWNSTREAM_SERVICE_ERROR", "service": "reviews"},
        }


async def test_an_error_without_words_is_told_in_ours(shop: FederatedGraph) -> None:
    for message in (None, 3, {"a": "b"}, ""):
        error = {"message": message, "path": ["me"], "extensions": {"code": "ODD"}}
        told = {"data": {"me": None}, "errors": [error]}
        shop.subgraphs["accounts"].fault = lambda _, told=told: web.json_response(told)
        answer = await shop.ask("{ me { name } }")
        assert answer["errors"] == [
            {
                "message": "The service accounts could not give this.",
                "path": ["me"],
                "extensions": {"code": "ODD", "service": "accounts"},
            }
        ]


async def test_errors_of_entities_carry_the_paths_of_the_client(shop: FederatedGraph) -> None:
    shop.subgraphs["reviews"].fault = _errors_of_entities
    answer = await shop.ask("{ all: warehouses { things: items { upc rated: rating } } }")
    assert answer == {
        "errors": [
            {
                "message": "no rating",
                "path": ["all", 0, "things", 1],
                "extensions": {"code": "NO_RATING", "service": "reviews"},
            }
        ],
        "data": answer["data"],
    }


async def test_an_error_is_told_for_every_place_the_object_stands(shop: FederatedGraph) -> None:
    def fail_first(asked: dict[str, Any]) -> web.Response:
        count = len(asked["variables"]["representations"])
        error = {"message": "private", "path": ["_entities", 0, "rated"]}
        return web.json_response({"data": {"_entities": [None] * count}, "errors": [error]})

    shop.subgraphs["reviews"].fault = fail_first
    answer = await shop.ask("{ all: warehouses { things: items { upc rated: rating } } }")
    assert [error["path"] for error in answer["errors"]] == [
        ["all", 0, "things", 0, "rated"],
        ["all", 1, "things", 1, "rated"],
    ]
    for error in answer["errors"]:
        assert error["message"] == "The service reviews could not give this."
        assert error["extensions"] == {"code": "DOWNSTREAM_SERVICE_ERROR", "service": "reviews"}


async def test_errors_of_a_shared_request_go_to_the_part_they_are_about(shop: FederatedGraph) -> None:
    def fail_second(asked: dict[str, Any]) -> web.Response:
        assert "_e0:_entities" in asked["query"]
        found = {
            f"_e{place}": [
                {"name": "found", "address": None} for _ in asked["variables"][f"representations{place}"]
            ]
            for place in (0, 1)
        }
        found["_e1"][0]["name"] = None
        error = {"message": "x", "path": ["_e1", 0, "name"], "extensions": {"code": "HIDDEN"}}
        return web.json_response({"data": found, "errors": [error]})

    shop.subgraphs["accounts"].fault = fail_second
    answer = await shop.ask("{ latestReviews(first: 2) { author { address { city } } anonymous { name } } }")
    assert len(shop.subgraphs["accounts"].requests) == 1
    assert answer["errors"] == [
        {
            "message": "x",
            "path": ["latestReviews", 1, "anonymous", "name"],
            "extensions": {"code": "HIDDEN", "service": "accounts"},
        }
    ]
    await shop.subgraphs["accounts"].stop()
    answer = await shop.ask("{ latestReviews(first: 2) { author { address { city } } anonymous { name } } }")
    assert [error["path"] for error in answer["errors"]] == [
        ["latestReviews"],
        ["latestReviews", 1, "anonymous", "name"],
    ]


@pytest.mark.parametrize("odd", [{"a": 1}, [1], 1, True])
async def test_values_of_the_wrong_kind_never_break_the_rest(shop: FederatedGraph, odd: Any) -> None:
    def answer_oddly(_: dict[str, Any]) -> web.Response:
        odd_item = {"__typename": odd, "title": odd, "upc": odd}
        items = [odd_item, {"__typename": "Book", "title": "Algebra", "upc": odd}]
        return web.json_response({"data": {"found": [odd_item, None], "items": items}})

    shop.subgraphs["catalogue"].fault = answer_oddly
    answer = await shop.ask('{ me { name } found(text: "x") { ... on Book { rating } } }')
    assert answer["data"] == {"me": {"name": "Ada"}, "found": [None, None]}
    answer = await shop.ask("{ items { title rating } }")
    assert answer["errors"]


@pytest.mark.parametrize("levels", [300, 900])
async def test_an_answer_of_hundreds_of_levels_is_an_error(shop: FederatedGraph, levels: int) -> None:
    deep = "[" * levels + "]" * levels

    def answer_deeply(text: str) -> Callable[[Any], web.Response]:
        return lambda _: web.Response(text=text.replace("DEEP", deep), content_type="application/json")

    shop.subgraphs["stock"].fault = answer_deeply(
        '{"data": {"warehouses": [{"items": [{"__typename": "Book", "upc": DEEP}, {"__typename": "Book"}]}]}}'
    )
    answer = await shop.ask("{ me { name } warehouses { items { rating } } }")
    assert answer["data"] == {"me": {"name": "Ada"}, "warehouses": [{"items": [{"rating": None}] * 2}]}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SUBGRAPH_BAD_RESPONSE"]
    shop.subgraphs["accounts"].fault = answer_deeply(
        '{"data": {"me": null}, "errors": [{"message": "x", "extensions": {"code": "X", "fact": DEEP}}]}'
    )
    answer = await shop.ask("{ me { name } }")
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SUBGRAPH_BAD_RESPONSE"]


async def test_errors_are_revealed_when_set_so(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_reveal_errors=True) as shop:
        shop.subgraphs["accounts"].fault = lambda _: web.json_response(
            {"data": {"me": None}, "errors": [{"message": "why", "path": ["me"]}]}
        )
        answer = await shop.ask("{ me { name } }")
        assert answer["errors"][0]["message"] == "why"
        assert answer["data"] == {"me": None}


async def test_null_where_none_may_be_bubbles_without_a_second_error(shop: FederatedGraph) -> None:
    def no_stars(_: dict[str, Any]) -> web.Response:
        error = {"message": "no stars", "path": ["review", "stars"], "extensions": {"code": "NO_STARS"}}
        return web.json_response({"data": {"review": None}, "errors": [error]})

    shop.subgraphs["reviews"].fault = no_stars
    answer = await shop.ask('{ review(id: "r1") { stars } }')
    assert answer["data"] == {"review": None}
    assert [error["path"] for error in answer["errors"]] == [["review", "stars"]]


async def test_null_bubbles_through_lists_to_the_nearest_nullable_place(shop: FederatedGraph) -> None:
    shop.subgraphs["reviews"].fault = lambda _: web.json_response(
        {"data": {"latestReviews": [{"stars": 1}, {"stars": None}]}}
    )
    answer = await shop.ask("{ me { id } latestReviews { stars } }")
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["path"] == ["latestReviews", 1, "stars"]
    assert error["message"] == "Cannot return null for non-nullable field Review.stars."


async def test_of_an_object_that_two_graphs_give_the_other_part_is_kept() -> None:
    async with federated(SUPERGRAPHS / "maze", make_maze()) as graph:
        await graph.subgraphs["a"].stop()
        answer = await graph.ask("{ all: holder { left both inner { west } } }")
        assert answer["data"] == {"all": None}
        assert [error["path"] for error in answer["errors"]] == [["all"]], "one graph alone gives all of it"
        answer = await graph.ask("{ lastOther { id name note } }")
        assert answer["data"] == {"lastOther": {"id": "o2", "name": None, "note": "second"}}
        answer = await graph.ask("{ all: holder { left inner { west far: east } } }")
        assert answer["data"] == {"all": {"left": None, "inner": {"west": None, "far": None}}}
        assert [error["path"] for error in answer["errors"]] == [["all", "inner", "west"], ["all", "left"]]


async def test_a_mutation_is_never_sent_twice(shop: FederatedGraph) -> None:
    stock = shop.subgraphs["stock"]

    def hang_up(_: dict[str, Any]) -> web.Response:
        raise web.HTTPServiceUnavailable

    stock.fault = hang_up
    answer = await shop.ask('mutation { restock(upc: "b1", count: 1) { count } }')
    assert answer["errors"][0]["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"
    assert len(stock.requests) == 1


async def test_a_subgraph_that_comes_back_is_used_again(shop: FederatedGraph) -> None:
    server = shop.subgraphs["accounts"]
    server.fault = lambda _: web.Response(status=502)
    assert (await shop.ask("{ me { name } }"))["data"] == {"me": None}
    server.fault = None
    assert await shop.ask("{ me { name } }") == {"data": {"me": {"name": "Ada"}}}


async def test_many_requests_at_once(shop: FederatedGraph) -> None:
    answers = await asyncio.gather(*(shop.ask("{ items { title rating inStock } }") for _ in range(30)))
    assert all(answer == answers[0] for answer in answers)
    assert "errors" not in answers[0]
