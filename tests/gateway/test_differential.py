"""Random queries through the gateway equal the same queries on one schema that holds everything."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLSchema, execute_sync, parse, print_schema

from gateway.supergraph import load_supergraph
from tests.gateway.conftest import SUPERGRAPHS, FederatedGraph
from tests.gateway.random_queries import RandomQueries
from tests.gateway.shop import make_shop
from tests.gateway.subgraph_servers import monolith

VALUES: dict[str, list[Any]] = {
    "ID": ["u1", "u2", "b1", "b2", "t1", "r4", "m1", "nothing"],
    "Int": [0, 1, 2, 5],
    "String": ["EUR", "USD", ""],
    "Boolean": [True, False],
}
SEEDS_PER_TEST = 50


@pytest.fixture(scope="module")
def whole() -> GraphQLSchema:
    supergraph = load_supergraph(SUPERGRAPHS / "shop" / "supergraph.graphql")
    return monolith(print_schema(supergraph.api), make_shop())


@pytest.mark.parametrize("first_seed", range(0, 400, SEEDS_PER_TEST))
async def test_a_random_query_has_the_answer_of_one_schema(
    shop: FederatedGraph, whole: GraphQLSchema, first_seed: int
) -> None:
    for seed in range(first_seed, first_seed + SEEDS_PER_TEST):
        text, variables = RandomQueries(whole, seed, VALUES).query()
        expected = execute_sync(whole, parse(text), variable_values=variables)
        answer = await shop.ask(text, variables)
        place = f"seed {seed}: {text}\nvariables {variables}\nerrors {answer.get('errors')}"
        assert answer["data"] == expected.data, place
        assert _in_order(answer["data"]) == _in_order(expected.data), place
        assert _error_paths(answer) == sorted(str(error.path) for error in expected.errors or ()), place


def _in_order(data: Any) -> str:
    return repr(data)


def _error_paths(answer: dict[str, Any]) -> list[str]:
    return sorted(str(error.get("path")) for error in answer.get("errors", ()))
