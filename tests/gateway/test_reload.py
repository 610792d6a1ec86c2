"""A new supergraph is taken up with requests in flight untouched; a bad one changes nothing, and is told."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.shop import make_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.gateway.conftest import FederatedGraph

TEXT = (SUPERGRAPHS / "shop" / "supergraph.graphql").read_text()
WITHOUT_WAREHOUSES = TEXT.replace("  warehouses: [Warehouse!]! @join__field(graph: STOCK)\n", "")
WAREHOUSES = "{ warehouses { id } }"
ME = "{ me { name } }"


def put(path: Path, text: str) -> None:
    """In the other's place at once, as a deployment does."""
    new = path.with_suffix(".new")
    new.write_text(text)
    os.replace(new, path)  # noqa: PTH105 - the name of what is done


@asynccontextmanager
async def reloading(path: Path, **settings: Any) -> AsyncIterator[FederatedGraph]:
    put(path, TEXT)
    chosen = {"supergraph": path, "gateway_reload_seconds": 0.05, **settings}
    async with federated(SUPERGRAPHS / "shop", make_shop(), **chosen) as graph:
        yield graph


async def state(graph: FederatedGraph) -> dict[str, str]:
    told: dict[str, str] = (await graph.client.get("/ready")).json()["supergraph"]
    return told


async def until(condition: Callable[[dict[str, str]], bool], graph: FederatedGraph) -> dict[str, str]:
    async with asyncio.timeout(30):
        while not condition(told := await state(graph)):  # noqa: ASYNC110 - another program is watched
            await asyncio.sleep(0.02)
    return told


async def metrics(graph: FederatedGraph) -> str:
    return (await graph.client.get("/metrics")).text


async def gauge(graph: FederatedGraph, name: str) -> float:
    lines = (await metrics(graph)).splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"essor_gateway_{name} "))


async def test_a_new_supergraph_is_taken_up_while_a_request_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "supergraph.graphql"
    async with reloading(path) as graph:
        graph.subgraphs["stock"].delay_seconds = 2
        under_way = asyncio.create_task(graph.ask(WAREHOUSES))
        async with asyncio.timeout(10):
            while not graph.subgraphs["stock"].requests:  # noqa: ASYNC110 - a server is watched
                await asyncio.sleep(0.01)
            put(path, WITHOUT_WAREHOUSES)
            while 'reloads_total{outcome="taken"} 1.0' not in await metrics(graph):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert not under_way.done()
        assert await gauge(graph, "supergraphs_retiring") == 1
        refused = await graph.ask(WAREHOUSES)
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]
        assert "errors" not in await graph.ask(ME)
        answer = await under_way
        assert "errors" not in answer
        assert answer["data"]["warehouses"]
        assert await gauge(graph, "supergraphs_retiring") == 0


@pytest.mark.parametrize("text", ["", "type Query { a: Int", TEXT.replace("join/v0", "join/v9")])
async def test_a_bad_file_leaves_the_old_one_serving_and_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "supergraph.graphql"
    async with reloading(path) as graph:
        before = await state(graph)
        assert "newer_file_refused_at" not in before
        with structlog.testing.capture_logs() as logged:
            put(path, text)
            told = await until(lambda told: "newer_file_refused_at" in told, graph)
        assert told["version"] == before["version"]
        (line,) = [each for each in logged if each["event"] == "supergraph-refused"]
        assert line["reason"]
        assert (await graph.client.get("/ready")).status_code == 200
        assert "errors" not in await graph.ask(WAREHOUSES)
        assert await gauge(graph, "supergraph_is_outdated") == 1
        put(path, TEXT)
        await until(lambda told: "newer_file_refused_at" not in told, graph)


async def test_a_file_that_is_gone_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "supergraph.graphql"
    async with reloading(path) as graph:
        path.unlink()
        await until(lambda told: "newer_file_refused_at" in told, graph)
        assert "errors" not in await graph.ask(WAREHOUSES)
        put(path, WITHOUT_WAREHOUSES)
        await until(lambda told: "newer_file_refused_at" not in told, graph)
        assert "errors" in await graph.ask(WAREHOUSES)


async def test_the_same_text_in_a_new_file_is_no_new_supergraph(tmp_path: Path) -> None:
    path = tmp_path / "supergraph.graphql"
    async with reloading(path) as graph:
        before = await state(graph)
        put(path, TEXT)
        await asyncio.sleep(0.3)
        assert await state(graph) == before
        assert (
            "reloads_total" not in (await graph.client.get("/metrics")).text.replace("# ", "").split("{")[0]
        )


async def test_documents_in_use_are_planned_before_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "supergraph.graphql"
    async with reloading(path) as graph:
        before = await state(graph)
        await graph.ask(ME)
        await graph.ask(WAREHOUSES)
        put(path, WITHOUT_WAREHOUSES)
        await until(lambda told: told["version"] != before["version"], graph)
        assert await gauge(graph, "documents_kept") == 1
        assert "errors" not in await graph.ask(ME)


async def test_trusted_documents_are_taken_up_too(tmp_path: Path) -> None:
    path, manifest = tmp_path / "supergraph.graphql", tmp_path / "trusted.json"
    manifest.write_text(json.dumps({"me": ME}))
    async with reloading(path, gateway_trusted_documents=manifest) as graph:
        before = await state(graph)
        other = {"documentId": "warehouses"}
        assert (await graph.client.post("/graphql", json=other)).json()["errors"]
        put(manifest, json.dumps({"warehouses": WAREHOUSES}))
        await until(lambda told: told["version"] != before["version"], graph)
        assert (await graph.client.post("/graphql", json=other)).json()["data"]["warehouses"]


async def test_the_page_offers_what_the_new_schema_can_answer(tmp_path: Path) -> None:
    (tmp_path / "1.graphql").write_text(f"# Des entrepôts\n{WAREHOUSES}\n")
    (tmp_path / "2.graphql").write_text(f"# Qui je suis\n{ME}\n")
    path = tmp_path / "supergraph.sdl"

    async def offered() -> list[str]:
        return [each["title"] for each in (await graph.client.get("/graphql/explorer/examples.json")).json()]

    async with reloading(path, gateway_examples=tmp_path) as graph:
        assert await offered() == ["Des entrepôts", "Qui je suis"]
        before = (await state(graph))["version"]
        put(path, WITHOUT_WAREHOUSES)
        await until(lambda told: told["version"] != before, graph)
        assert await offered() == ["Qui je suis"]
