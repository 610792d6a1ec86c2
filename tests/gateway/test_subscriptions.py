"""Subscriptions through the gateway: one subgraph streams, the others complete each event."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from aiohttp import web

from tests.gateway.ticker import Tickers, tickers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

CHANGES = """subscription ($after: String) { change: onPriceChange(after: $after, above: 5) {
  id cents note product { id called: name maker { name } } } }"""
PLAIN = "subscription { onPriceChange { id cents } }"
WIDE = f"subscription {{ onPriceChange {{ {' '.join(f'n{number}: note' for number in range(90))} }} }}"


@pytest.fixture
async def shop_of_prices() -> AsyncIterator[Tickers]:
    async with tickers() as running:
        yield running


def change(number: int, product: str = "P1") -> dict[str, Any]:
    return {"id": f"C{number}", "cents": number * 100, "note": None, "product": {"id": product}}


async def test_each_event_is_completed_by_the_other_subgraphs(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream(CHANGES, after="C0") as stream:
        telling = await shop_of_prices.ticker.opened()
        await telling.tell(change(1), event_id="C1")
        await telling.tell(change(2, "P2"), event_id="C2")
        first, second = await stream.events(2)
        await telling.complete()
        await stream.completes()

    assert (first.name, first.id) == ("next", "C1")
    assert first.answer == {
        "data": {
            "change": {
                "id": "C1",
                "cents": 100,
                "note": None,
                "product": {"id": "P1", "called": "Tour", "maker": {"name": "Ada"}},
            }
        }
    }
    assert (second.id, second.answer["data"]["change"]["product"]["maker"]) == ("C2", None)
    assert telling.asked["variables"] == {"after": "C0"}
    assert "above:5" in telling.asked["query"]
    assert len(shop_of_prices.catalogue.requests) == 2


async def test_an_event_asks_no_subgraph_that_it_does_not_need(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream(PLAIN) as stream:
        telling = await shop_of_prices.ticker.opened()
        await telling.tell(change(1))
        (event,) = await stream.events(1)
    assert event.answer == {"data": {"onPriceChange": {"id": "C1", "cents": 100}}}
    assert event.id is None
    assert shop_of_prices.catalogue.requests == []


async def test_the_clients_headers_and_place_go_to_the_subgraph(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream(CHANGES, last_event_id="C7") as stream:
        telling = await shop_of_prices.ticker.opened()
        await telling.tell(change(8))
        await stream.event()

    (asked,) = [lowered(headers) for headers in shop_of_prices.catalogue.headers]
    streamed = lowered(telling.headers)
    assert streamed["authorization"] == asked["authorization"] == "Bearer of-ada"
    assert (streamed["last-event-id"], asked.get("last-event-id")) == ("C7", None)
    assert streamed["essor-gateway"] == asked["essor-gateway"] == "a key of the tests"
    assert streamed["accept"] == "text/event-stream"
    assert streamed["x-request-id"] == asked["x-request-id"]


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def test_an_event_is_told_in_part_while_another_subgraph_is_down(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream(CHANGES) as stream:
        telling = await shop_of_prices.ticker.opened()
        await shop_of_prices.catalogue.stop()
        await telling.tell(change(1), event_id="C1")
        (event,) = await stream.events(1)

    assert event.id == "C1"
    assert event.answer["data"] is None, "a name is never null, and neither is what stands above it"
    assert {tuple(error["path"]) for error in event.answer["errors"]} == {
        ("change", "product", "called"),
        ("change", "product", "maker"),
    }
    assert {error["extensions"]["code"] for error in event.answer["errors"]} == {"SUBGRAPH_UNAVAILABLE"}


async def test_errors_of_the_stream_have_the_clients_paths(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream(CHANGES) as stream:
        telling = await shop_of_prices.ticker.opened()
        error = {"message": "no note", "path": ["change", "note"], "extensions": {"code": "NO_NOTE"}}
        await telling.tell(change(1), errors=[error])
        (event,) = await stream.events(1)

    assert event.answer["data"]["change"]["product"]["called"] == "Tour"
    (told,) = event.answer["errors"]
    assert (told["path"], told["message"]) == (["change", "note"], "no note")
    assert (told["extensions"]["code"], told["extensions"]["service"]) == ("NO_NOTE", "prices")


async def test_why_a_subgraph_ends_its_stream_is_told(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream(PLAIN) as stream:
        telling = await shop_of_prices.ticker.opened()
        extensions = {"code": "unauthenticated", "facts": {"resume_after": "C3"}}
        ended = {"errors": [{"message": "the token has ended", "extensions": extensions}]}
        await telling.say(f"event: next\ndata: {orjson.dumps(ended).decode()}\n\n".encode())
        await telling.complete()
        last = await stream.end()

    assert last.error["message"] == "the token has ended"
    assert last.error["extensions"]["code"] == "unauthenticated"
    assert last.error["extensions"]["facts"] == {"resume_after": "C3"}


async def test_a_stream_that_breaks_off_says_where_to_resume(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream(PLAIN) as stream:
        telling = await shop_of_prices.ticker.opened()
        await telling.tell(change(1), event_id="C1")
        await stream.event()
        telling.break_off()
        last = await stream.end()

    assert last.error["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"
    assert last.error["extensions"]["resumeAfter"] == "C1"
    assert last.error["extensions"]["service"] == "prices"


async def test_a_subgraph_that_is_down_is_told_of_in_the_stream(shop_of_prices: Tickers) -> None:
    await shop_of_prices.ticker.stop()
    async with shop_of_prices.subscriber.stream(PLAIN) as stream:
        last = await stream.end()
    assert last.error["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"
    await shop_of_prices.ticker.start()


async def test_a_refusal_of_the_subgraph_keeps_its_reason(shop_of_prices: Tickers) -> None:
    shop_of_prices.ticker.refusal = web.json_response({"code": "too-many-streams"}, status=429)
    async with shop_of_prices.subscriber.stream(PLAIN) as stream:
        last = await stream.end()
    told = last.error["extensions"]
    assert (told["code"], told["status"], told["reason"]) == ("SUBGRAPH_HTTP_ERROR", 429, "too-many-streams")

    shop_of_prices.ticker.refusal = web.json_response(
        {"errors": [{"message": "no", "extensions": {"code": "NO"}}]}
    )
    async with shop_of_prices.subscriber.stream(PLAIN) as stream:
        last = await stream.end()
    assert last.error["extensions"]["code"] == "NO"


async def test_a_refusal_that_comes_in_parts_is_read_whole(shop_of_prices: Tickers) -> None:
    shop_of_prices.ticker.refusal_in_parts = [
        b'{"errors": [{"message": "no",',
        b' "extensions": {"code"',
        b': "NO"}}]}',
    ]
    async with shop_of_prices.subscriber.stream(PLAIN) as stream:
        last = await stream.end()
    assert last.error["extensions"]["code"] == "NO"


async def test_a_refusal_may_not_be_larger_than_is_accepted() -> None:
    async with tickers(gateway_max_subgraph_bytes=1_000) as running:
        running.ticker.refusal_in_parts = [b'{"errors": [{"message": "', b"no" * 1_000, b'"}]}']
        async with running.subscriber.stream(PLAIN) as stream:
            last = await stream.end()
    assert last.error["extensions"]["code"] == "SUBGRAPH_RESPONSE_TOO_LARGE"


async def test_the_subgraphs_stream_ends_with_the_clients(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream(PLAIN):
        telling = await shop_of_prices.ticker.opened()
    await telling.until_gone()


async def test_what_cannot_be_carried_out_is_told_in_a_stream(shop_of_prices: Tickers) -> None:
    deep = "subscription { onPriceChange { " + "product { id " * 3 + "}" * 3 + "} }"
    wrong = {
        "GRAPHQL_PARSE_FAILED": "subscription {",
        "GRAPHQL_VALIDATION_FAILED": deep,
    }
    for code, query in wrong.items():
        async with shop_of_prices.subscriber.stream(query) as stream:
            first = await stream.event()
            assert first.answer["errors"][0]["extensions"]["code"] == code
            await stream.completes()


async def test_fragments_and_conditions_hold_for_each_event(shop_of_prices: Tickers) -> None:
    query = """subscription ($named: Boolean!) { ...root }
      fragment root on Subscription { onPriceChange { ...cost product { name @include(if: $named) id } } }
      fragment cost on PriceChange { __typename cents }"""
    product: dict[bool, Any] = {True: {"name": "Tour", "id": "P1"}, False: {"id": "P1"}}
    for named, expected in product.items():
        async with shop_of_prices.subscriber.stream(query, named=named) as stream:
            telling = await shop_of_prices.ticker.opened()
            for number in (1, 2):
                await telling.tell(change(number))
                told = (await stream.event()).answer["data"]["onPriceChange"]
                assert told == {"__typename": "PriceChange", "cents": number * 100, "product": expected}
    assert len(shop_of_prices.catalogue.requests) == 2


async def test_a_subscription_asks_for_one_field(shop_of_prices: Tickers) -> None:
    wrong = (
        "subscription { onPriceChange { id } onRecall { id } }",
        "subscription { __typename }",
        "subscription { onPriceChange @skip(if: true) { id } }",
    )
    for query in wrong:
        async with shop_of_prices.subscriber.stream(query) as stream:
            last = await stream.end()
        assert last.error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_limits_hold_for_subscriptions() -> None:
    async with tickers(gateway_max_depth=2) as running:
        async with running.subscriber.stream(CHANGES) as stream:
            last = await stream.end()
        assert last.error["extensions"]["code"] == "TOO_DEEP"
    async with tickers(gateway_max_cost=10) as running:
        async with running.subscriber.stream(WIDE) as stream:
            last = await stream.end()
        assert last.error["extensions"]["code"] == "TOO_COSTLY"


async def test_deferring_stays_refused(shop_of_prices: Tickers) -> None:
    query = "subscription { onPriceChange { id ... @defer { cents } } }"
    async with shop_of_prices.subscriber.stream(query) as stream:
        last = await stream.event()
    assert last.answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_query_may_be_asked_for_in_a_stream(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream("{ products { name } }") as stream:
        answer = await stream.event()
        await stream.completes()
    assert answer.answer == {"data": {"products": [{"name": "Tour"}, {"name": "Perceuse"}]}}


async def test_what_is_asked_for_in_a_stream_is_counted(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.stream("{ products { name } }") as stream:
        await stream.end()
    async with httpx.AsyncClient(base_url=shop_of_prices.subscriber.address) as client:
        told = (await client.get("/metrics")).text
    assert 'essor_gateway_requests_total{outcome="data"} 1.0' in told
    assert "essor_gateway_request_seconds_count 1.0" in told


async def test_clients_that_take_both_get_what_fits(shop_of_prices: Tickers) -> None:
    both = {"Accept": "application/graphql-response+json, text/event-stream;q=0.5"}
    async with httpx.AsyncClient(base_url=shop_of_prices.subscriber.address, headers=both) as client:
        answer = await client.post("/graphql", json={"query": "{ products { name } }"})
        assert answer.headers["content-type"].startswith("application/graphql-response+json")
        async with client.stream("POST", "/graphql", json={"query": PLAIN}) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
        plain = {"Accept": "application/json"}
        refused = await client.post("/graphql", json={"query": PLAIN}, headers=plain)
    assert refused.json()["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_NOT_STREAMED"


async def test_a_subscription_may_be_asked_for_by_get(shop_of_prices: Tickers) -> None:
    headers = {"Accept": "text/event-stream", "GraphQL-Require-Preflight": "1"}
    address = f"{shop_of_prices.subscriber.address}/graphql"
    async with (
        httpx.AsyncClient(headers=headers, timeout=60) as client,
        client.stream("GET", address, params={"query": PLAIN}) as response,
    ):
        telling = await shop_of_prices.ticker.opened()
        await telling.tell(change(1))
        await telling.complete()
        text = "".join([part async for part in response.aiter_text()])
    assert 'data: {"data":{"onPriceChange":{"id":"C1","cents":100}}}' in text


async def test_a_stream_is_neither_packed_nor_kept(shop_of_prices: Tickers) -> None:
    async with shop_of_prices.subscriber.opened(PLAIN) as response:
        assert response.request.headers["accept-encoding"], "the client would take it packed"
        assert "content-encoding" not in response.headers
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-request-id"]


async def test_streams_are_limited_by_client() -> None:
    async with tickers(gateway_streams_of_client=1) as running:
        async with running.subscriber.stream(PLAIN):
            await running.ticker.opened()
            async with running.subscriber.opened(PLAIN) as refused:
                assert refused.status_code == 429
                body = await refused.aread()
                assert b'"code":"too-many-streams"' in body
        # Once the first has ended, its place is free.
        async with asyncio.timeout(60):
            while True:
                async with running.subscriber.opened(PLAIN) as response:
                    if response.status_code == 200:
                        return
                await asyncio.sleep(0.05)


async def test_silence_is_told_and_has_an_end() -> None:
    settings = {"gateway_stream_keep_alive_seconds": 0.05, "gateway_stream_silence_seconds": 1}
    async with tickers(**settings) as running, running.subscriber.stream(PLAIN) as stream:
        await running.ticker.opened()
        last = await stream.end()
    assert last.error["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"
    assert stream.quiet > 1


async def test_an_event_may_not_be_larger_than_is_accepted() -> None:
    async with tickers(gateway_max_subgraph_bytes=10_000) as running:
        async with running.subscriber.stream(PLAIN) as stream:
            telling = await running.ticker.opened()
            await telling.say(b"event: next\ndata: " + b"x" * 20_000)
            last = await stream.end()
        assert last.error["extensions"]["code"] == "SUBGRAPH_RESPONSE_TOO_LARGE"


async def test_a_client_that_takes_nothing_is_left() -> None:
    """What it does not read is not kept for it: the subgraph has to wait, and then the stream is cut."""
    async with (
        tickers(gateway_stream_stall_seconds=0.5) as running,
        running.subscriber.opened(WIDE) as response,
    ):
        telling = await running.ticker.opened()
        large = {**change(1), "note": "n" * 10_000}
        told = 0

        async def tell() -> None:
            nonlocal told
            while True:
                await telling.tell(large)
                told += 1

        telling_on = asyncio.create_task(tell())
        await telling.until_gone()
        telling_on.cancel()
        await asyncio.gather(telling_on, return_exceptions=True)
        assert response.status_code == 200
    assert 0 < told * len(large["note"]) * 90 < 100_000_000, "all of it would have been kept somewhere"


async def test_a_stream_ends_with_the_supergraph_that_it_was_planned_on() -> None:
    settings = {"gateway_stream_keep_alive_seconds": 0.1, "gateway_reload_seconds": 0.1}
    async with tickers(**settings) as running, running.subscriber.stream(PLAIN) as stream:
        telling = await running.ticker.opened()
        await telling.tell(change(1), event_id="C1")
        await stream.event()
        newer = running.supergraph.with_name("newer.graphql")
        newer.write_text(running.supergraph.read_text() + "\n# another\n")
        newer.replace(running.supergraph)
        last = await stream.end()

    told = last.error["extensions"]
    assert (told["code"], told["resumeAfter"]) == ("SUPERGRAPH_REPLACED", "C1")


async def test_streams_and_their_events_are_counted(shop_of_prices: Tickers) -> None:
    async def metrics() -> str:
        async with httpx.AsyncClient(base_url=shop_of_prices.subscriber.address) as client:
            return (await client.get("/metrics")).text

    async with shop_of_prices.subscriber.stream(PLAIN) as stream:
        telling = await shop_of_prices.ticker.opened()
        for number in range(3):
            await telling.tell(change(number))
        await stream.events(3)
        assert "essor_gateway_streams_open 1.0" in await metrics()
    await telling.until_gone()
    assert 'essor_gateway_events_total{service="prices"}' in await metrics()
    async with asyncio.timeout(60):
        while "essor_gateway_streams_open 0.0" not in await metrics():  # noqa: ASYNC110 - another program is watched
            await asyncio.sleep(0.02)
