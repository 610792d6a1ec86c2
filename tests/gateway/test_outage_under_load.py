"""Ten thousand requests, with subgraphs that stop and start again in the middle: no answer is wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest

from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.gateway_process import gateway_process
from tests.gateway.shop import make_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gateway.conftest import FederatedGraph

REQUESTS = 10_000
AT_ONCE = 16
QUERY = "query($upc: ID!, $user: ID!) { item(upc: $upc) { upc title rating } user(id: $user) { id name } }"
STOPS = {2_000: "reviews", 5_000: "catalogue"}
STARTS = {3_500: "reviews", 6_500: "catalogue"}
LOST = {"SUBGRAPH_UNAVAILABLE", "SUBGRAPH_TIMEOUT"}


class Asking:
    """`answers` are counted by what they are; one that is neither whole nor clear about its loss fails."""

    def __init__(self, address: str, graph: FederatedGraph, session: aiohttp.ClientSession) -> None:
        self._address, self._graph, self._session = address, graph, session
        self._whole: dict[tuple[str, str], Any] = {}
        self.answers: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        """Of the last thousand."""

    async def ask(self, upc: str, user: str) -> dict[str, Any]:
        content = orjson.dumps({"query": QUERY, "variables": {"upc": upc, "user": user}})
        headers = {"content-type": "application/json"}
        url = f"{self._address}/graphql"
        async with self._session.post(url, data=content, headers=headers) as response:
            assert response.status == 200
            answer: dict[str, Any] = orjson.loads(await response.read())
        return answer

    async def learn(self, pairs: list[tuple[str, str]]) -> None:
        for pair in pairs:
            answer = self._whole[pair] = await self.ask(*pair)
            assert "errors" not in answer
            assert (answer["data"]["item"]["upc"], answer["data"]["user"]["id"]) == pair

    async def one(self, number: int) -> None:
        if number in STOPS:
            await self._graph.subgraphs[STOPS[number]].stop()
        if number in STARTS:
            await self._graph.subgraphs[STARTS[number]].start()
        pair = list(self._whole)[number % len(self._whole)]
        outcome = self._judged(await self.ask(*pair), self._whole[pair])
        self.answers[outcome] += 1
        if number >= REQUESTS - 1_000:
            self.late[outcome] += 1

    @staticmethod
    def _judged(answer: dict[str, Any], whole: dict[str, Any]) -> str:
        if "errors" not in answer:
            assert answer == whole
            return "whole"
        lost = {tuple(error["path"]): error["extensions"] for error in answer["errors"]}
        assert {extensions["code"] for extensions in lost.values()} <= LOST
        assert all(extensions["requestId"] for extensions in lost.values())
        item, user = answer["data"]["item"], answer["data"]["user"]
        assert user == whole["data"]["user"], "its subgraph was there all the time"
        if item is None:
            assert {extensions["service"] for extensions in lost.values()} == {"catalogue"}
            assert all(path[0] == "item" for path in lost)
            return "without the item"
        assert item == {**whole["data"]["item"], "rating": None}
        assert {path: extensions["service"] for path, extensions in lost.items()} == {
            ("item", "rating"): "reviews"
        }
        return "without the rating"


@pytest.mark.long
async def test_no_answer_is_wrong_while_subgraphs_stop_and_start(tmp_path: Path) -> None:
    folder = SUPERGRAPHS / "shop"
    async with (
        federated(folder, make_shop()) as graph,
        gateway_process(graph, folder, tmp_path, ESSOR_GATEWAY_FETCH_SECONDS="30") as address,
        aiohttp.ClientSession() as session,
    ):
        asking = Asking(address, graph, session)
        upcs = [item["upc"] for item in (await graph.ask("{ items { upc } }"))["data"]["items"]]
        await asking.learn([(upc, user) for upc in upcs[:4] for user in ("u1", "u2")])
        numbers = iter(range(REQUESTS))

        async def keep_asking() -> None:
            for number in numbers:
                await asking.one(number)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(keep_asking())
    assert asking.answers.total() == REQUESTS
    assert min(asking.answers["without the rating"], asking.answers["without the item"]) > 500
    assert asking.late == {"whole": 1_000}
