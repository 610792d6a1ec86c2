"""The cost of an operation, counted alike by the gateway and by the services."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import OperationDefinitionNode, build_schema, get_introspection_query, parse

from gateway import costs as of_gateway
from gateway.documents import DocumentLimits, Documents, RequestRefusedError
from gateway.planner import Planner
from gateway.settings import GatewaySettings
from gateway.supergraph import load_supergraph
from services.runtime.graphql import costs as of_services

SUPERGRAPH = Path(__file__).parents[2] / "schema" / "supergraph.graphql"
SCHEMA = build_schema("""
    type Query { loans(first: Int = 25, after: String): LoanConnection! funds: [Fund!]! me: Person }
    type LoanConnection { edges: [LoanEdge!]! nodes: [Loan!]! pageInfo: PageInfo! totalCount: Int! }
    type LoanEdge { cursor: String! node: Loan! }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type Loan { id: ID! tags: [String!]! schedule: [Instalment!]! person: Person! }
    type Instalment { rank: Int! amount: Int! }
    type Fund { name: String! loans(first: Int): LoanConnection! }
    type Person { id: ID! loans(first: Int = 25): LoanConnection! }
    union Found = Loan | Fund
""")

TABLE: list[tuple[str, dict[str, Any], int]] = [
    # One for each field asked.
    ("{ __typename }", {}, 1),
    ("{ me { id } }", {}, 2),
    # loans, edges, and ten times node and id.
    ("{ loans(first: 10) { edges { node { id } } } }", {}, 2 + 10 * 2),
    # What stands beside the lists of a page is there once.
    (
        "{ loans(first: 10) { totalCount pageInfo { hasNextPage endCursor } nodes { id } } }",
        {},
        1 + 4 + 1 + 10,
    ),
    ("{ loans { nodes { id } } }", {}, 2 + 25),
    ("{ loans(first: null) { nodes { id } } }", {}, 2 + 25),
    ("{ loans(first: -3) { nodes { id } } }", {}, 2 + 1),
    # Variables, their defaults, and what is no size.
    ("query($n: Int) { loans(first: $n) { nodes { id } } }", {"n": 3}, 2 + 3),
    ("query($n: Int = 7) { loans(first: $n) { nodes { id } } }", {}, 2 + 7),
    ("query($n: Int) { loans(first: $n) { nodes { id } } }", {}, 2 + 25),
    # Lists without a length count for ten; lists of values are one field.
    ("{ funds { name } }", {}, 1 + 10),
    ("{ loans(first: 2) { nodes { tags schedule { rank amount } } } }", {}, 2 + 2 * (1 + 1 + 10 * 2)),
    ("{ funds { loans { nodes { id } } } }", {}, 1 + 10 * (2 + 10)),
    # Lists inside lists multiply.
    ("{ loans(first: 100) { nodes { person { loans(first: 100) { nodes { id } } } } } }", {}, 10_302),
    # Aliases are fields of their own, fragments what they unfold to.
    ("{ a: me { id } b: me { id } }", {}, 4),
    ("{ ...Q ...Q } fragment Q on Query { me { id } }", {}, 4),
    ("{ loans(first: 5) { ...L } } fragment L on LoanConnection { totalCount nodes { id } }", {}, 3 + 5),
    ("{ loans(first: 5) { ... { nodes { id } } ... on LoanConnection { edges { cursor } } } }", {}, 3 + 10),
]


def counted(schema: Any, text: str, variables: dict[str, Any], module: Any = of_gateway) -> int:
    document = parse(text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    defaults = {"n": 7} if "= 7" in text and module is of_gateway else {}  # coerced before it counts
    cost = module.Costs(schema, document).of(operation, {**defaults, **variables})
    assert isinstance(cost, int)
    return cost


@pytest.mark.parametrize("module", [of_gateway, of_services], ids=["gateway", "services"])
@pytest.mark.parametrize(("text", "variables", "cost"), TABLE)
def test_a_query_costs_its_fields(module: Any, text: str, variables: dict[str, Any], cost: int) -> None:
    assert counted(SCHEMA, text, variables, module) == cost


@pytest.mark.parametrize("module", [of_gateway, of_services], ids=["gateway", "services"])
def test_fragments_that_double_cost_their_length_to_count(module: Any) -> None:
    levels = 25
    spreads = [" ".join([f"...F{n}"] * 20) for n in range(levels + 1)]
    parts = [
        f"fragment F{n} on Person {{ loans {{ nodes {{ person {{ {spreads[n + 1]} }} }} }} }}"
        for n in range(levels)
    ]
    text = "\n".join(["{ me { ...F0 } }", *parts, f"fragment F{levels} on Person {{ id }}"])
    started = time.process_time()
    assert counted(SCHEMA, text, {}, module) > 10**60
    assert time.process_time() - started < 1


def documents(cost: int) -> Documents:
    supergraph = load_supergraph(SUPERGRAPH)
    return Documents(
        supergraph, Planner(supergraph, max_fields=5_000), DocumentLimits(cost=cost, list_items=2**31)
    )


def test_what_costs_too_much_is_refused_with_its_cost_and_the_limit() -> None:
    limited = documents(1_000)
    text = "query($n: Int) { loans(first: $n) { nodes { id status number } } }"
    known = limited.operation(text, None)
    assert limited.variables(known, {"n": 100})
    wider = text.replace("number", "number schedule { rank }")
    with pytest.raises(RequestRefusedError) as refusal:
        limited.variables(limited.operation(wider, None), {"n": 100})
    assert refusal.value.code == "TOO_COSTLY"
    (error,) = refusal.value.errors
    assert error.extensions == {"cost": 1_402, "limit": 1_000}
    assert error.message == (
        "The operation may come to 1402 fields; at most 1000 are accepted. Ask for fewer items or fields."
    )
    assert limited.variables(limited.operation(wider, None), {"n": 10})


def test_introspection_is_bounded_and_passes() -> None:
    usual = documents(GatewaySettings.model_fields["gateway_max_cost"].default)
    whole = get_introspection_query()
    assert usual.variables(usual.operation(whole, "IntrospectionQuery"), {}) == {}
    schema = "__schema { types { fields { args { type { name } } type { name } } } }"
    many = "{ " + " ".join(f"a{n}: {schema}" for n in range(60)) + " }"
    with pytest.raises(RequestRefusedError, match="INTROSPECTION_TOO_WIDE"):
        usual.operation(many, None)


def test_a_bomb_of_fragments_is_refused_in_the_time_that_its_length_takes() -> None:
    usual = documents(100_000)
    spread = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60)]
    bomb = " ".join(["{ ...F0 }", *spread, "fragment F60 on Query { __typename caes: __typename }"])
    started = time.process_time()
    with pytest.raises(RequestRefusedError, match="TOO_COSTLY"):
        usual.variables(usual.operation(bomb, None), {})
    assert time.process_time() - started < 1


def test_a_cost_beyond_what_json_counts_is_told_all_the_same() -> None:
    usual = documents(100_000)
    text = "id"
    for _ in range(3):
        text = f"cae {{ loans(first: 2147483647) {{ nodes {{ {text} }} }} }}"
    text = f"{{ loans {{ nodes {{ {text} }} }} }}"
    with pytest.raises(RequestRefusedError) as refusal:
        usual.variables(usual.operation(text, None), {})
    (error,) = refusal.value.errors
    assert json.loads(orjson.dumps(error.extensions)) == {"cost": 2**53 - 1, "limit": 100_000}
    assert error.message.startswith("The operation may come to more than 9007199254740991 fields")


def test_counting_a_known_document_costs_microseconds() -> None:
    usual = documents(100_000)
    known = usual.operation("query($n: Int) { loans(first: $n) { nodes { id status } } }", None)
    started = time.process_time()
    for number in range(5_000):
        known.costs.of(known.operation, {"n": number % 50})
    assert (time.process_time() - started) / 5_000 < 100e-6
