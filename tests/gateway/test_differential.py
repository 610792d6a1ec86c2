"""Random queries through the gateway equal the same queries on one schema that holds everything.

Each is asked twice: the second time, the functions written for it answer where nothing is wrong.
"""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLSchema, execute_sync, parse, print_schema

from gateway.executor.execute import PreparedPart
from gateway.executor.projection import Projector
from gateway.supergraph import load_supergraph
from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.random_queries import RandomQueries
from tests.gateway.shop import make_shop
from tests.gateway.subgraph_servers import monolith
from tests.gateway.worlds import make_legacy, make_maze, make_media, make_parts, make_twins

VALUES: dict[str, list[Any]] = {
    "ID": ["u1", "u2", "b1", "b2", "t1", "r4", "m1", "a2", "1", "2", "nothing"],
    "Int": [0, 1, 2, 5],
    "String": ["EUR", "USD", ""],
    "Boolean": [True, False],
}
WORLDS = {
    "shop": make_shop,
    "media": make_media,
    "maze": make_maze,
    "parts": make_parts,
    "twins": make_twins,
    "legacy": make_legacy,
}
SEEDS_PER_TEST = 15
TESTS_PER_WORLD = 2


def monolith_of(name: str) -> GraphQLSchema:
    supergraph = load_supergraph(SUPERGRAPHS / name / "supergraph.graphql")
    return monolith(print_schema(supergraph.api), WORLDS[name]())


@pytest.fixture(autouse=True)
def _written_for_the_second_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PreparedPart, "written_after", 1)
    monkeypatch.setattr(Projector, "written_after", 1)


async def compare(name: str, seeds: range) -> None:
    whole = monolith_of(name)
    async with federated(SUPERGRAPHS / name, WORLDS[name]()) as graph:
        for seed in seeds:
            text, variables = RandomQueries(whole, seed, VALUES).query()
            expected = execute_sync(whole, parse(text), variable_values=variables)
            for way in ("interpreted", "written out"):
                answer = await graph.ask(text, variables)
                place = f"seed {seed}, {way}: {text}\nvariables {variables}\nerrors {answer.get('errors')}"
                assert answer["data"] == expected.data, place
                assert repr(answer["data"]) == repr(expected.data), f"another order of fields, {place}"
                errors = sorted(str(error.path) for error in expected.errors or ())
                assert _error_paths(answer) == errors, place


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("batch", range(TESTS_PER_WORLD))
async def test_a_random_query_has_the_answer_of_one_schema(name: str, batch: int) -> None:
    await compare(name, range(batch * SEEDS_PER_TEST, (batch + 1) * SEEDS_PER_TEST))


@pytest.mark.long
@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("batch", range(8))
async def test_many_random_queries_have_the_answers_of_one_schema(name: str, batch: int) -> None:
    await compare(name, range(1000 + batch * 50, 1050 + batch * 50))


def _error_paths(answer: dict[str, Any]) -> list[str]:
    return sorted(str(error.get("path")) for error in answer.get("errors", ()))
