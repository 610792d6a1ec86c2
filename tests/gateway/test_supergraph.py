"""Supergraph files: what is read from them, what clients see of them, what is refused."""

from __future__ import annotations

import pytest
from graphql import print_schema

from gateway.features import UnsupportedSupergraphError
from gateway.planner import Planner
from gateway.supergraph import Supergraph, load_supergraph, read_supergraph
from tests.gateway.conftest import SUPERGRAPHS

HEAD = """
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.4", for: EXECUTION) {
  query: Query
}
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") }
"""  # noqa: E501 - as composers write it


@pytest.fixture(scope="module")
def shop() -> Supergraph:
    return load_supergraph(SUPERGRAPHS / "shop" / "supergraph.graphql")


def test_every_fact_that_plans_need_is_read(shop: Supergraph) -> None:
    assert {graph: subgraph.name for graph, subgraph in shop.subgraphs.items()} == {
        "ACCOUNTS": "accounts",
        "CATALOGUE": "catalogue",
        "REVIEWS": "reviews",
        "STOCK": "stock",
    }
    tool = shop.types["Tool"]
    assert tool.graphs["CATALOGUE"].keys == ("upc", "maker { id } code")
    assert tool.interfaces == ("Item",)
    assert tool.fields["weight"].places["STOCK"].external
    assert tool.fields["shippingCost"].places["STOCK"].requires == "weight"
    assert set(tool.fields["upc"].places) == {"CATALOGUE", "REVIEWS", "STOCK"}, "no @join__field: all graphs"
    assert shop.types["Maker"].graphs["STOCK"].keys == ()
    assert shop.types["Maker"].graphs["STOCK"].unresolvable_keys == ("id",)
    assert shop.types["Review"].fields["author"].places["REVIEWS"].provides == "name"
    assert shop.types["Found"].graphs["CATALOGUE"].possible_types == ("Book", "Tool", "User")
    assert shop.types["Item"].graphs["STOCK"].possible_types == ("Book", "Tool")
    assert shop.types["Item"].fields["reviews"].list_depth == 1
    assert shop.hidden_enum_values == {"Country": frozenset({"XX"})}


def test_an_overridden_field_is_no_longer_served_by_its_old_graph() -> None:
    places = (
        load_supergraph(SUPERGRAPHS / "maze" / "supergraph.graphql").types["Thing"].fields["moved"].places
    )
    assert {graph for graph, place in places.items() if not place.overridden} == {"B"}


def test_an_override_from_an_unknown_graph_changes_nothing() -> None:
    supergraph = read_supergraph(
        HEAD
        + """
        type Query @join__type(graph: A) @join__type(graph: B) {
          one: Int @join__field(graph: A, override: "gone") @join__field(graph: B, usedOverridden: true)
        }
        """
    )
    places = supergraph.types["Query"].fields["one"].places
    assert (places["A"].overridden, places["B"].overridden) == (False, True)


def test_clients_see_no_machinery_and_nothing_inaccessible(shop: Supergraph) -> None:
    printed = print_schema(shop.api)
    for hidden in ("join__", "link__", "inaccessible", "passwordHash", "XX"):
        assert hidden not in printed
    assert "passwordHash" in print_schema(shop.schema)


def test_inaccessible_types_leave_unions_interfaces_and_inputs() -> None:
    supergraph = read_supergraph(
        HEAD
        + """
        type Query @join__type(graph: A) { pick(by: In, hidden: Int @inaccessible): U node: N }
        union U @join__type(graph: A) = Shown | Hidden
        interface N @join__type(graph: A) @inaccessible { id: ID }
        type Shown implements N @join__type(graph: A) @join__implements(graph: A, interface: "N") { id: ID }
        type Hidden @join__type(graph: A) @inaccessible { id: ID }
        input In @join__type(graph: A) { a: Int b: Int @inaccessible }
        """.replace("node: N", "node: N @inaccessible")
    )
    printed = print_schema(supergraph.api)
    assert "Hidden" not in printed
    assert "interface" not in printed
    assert "pick(by: In): U" in printed
    assert "b: Int" not in printed


def test_addresses_can_be_replaced_by_name(shop: Supergraph) -> None:
    moved = shop.with_urls({"stock": "http://elsewhere/graphql"})
    assert moved.subgraphs["STOCK"].url == "http://elsewhere/graphql"
    assert moved.subgraphs["REVIEWS"].url == shop.subgraphs["REVIEWS"].url
    with pytest.raises(UnsupportedSupergraphError, match="no subgraph is called nobody"):
        shop.with_urls({"nobody": "http://elsewhere"})


QUERY = "type Query @join__type(graph: A) { one: Int }"


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        ("type Query { one: Int }", "no join__Graph enum"),
        (HEAD.replace("join/v0.4", "join/v0.1") + QUERY, "join v0.1 is not known"),
        (
            HEAD.replace(
                "{\n  query", '@link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY) {\n  query'
            )
            + QUERY,
            'policy/v0.1"\\) on the schema: not supported, and it is marked for SECURITY',
        ),
        (
            HEAD
            + QUERY.replace(
                "Int", 'Int @join__field(graph: A, override: "b", overrideLabel: "percent(500)")'
            ),
            'label: "percent\\(500\\)"\\) on Query.one: neither',
        ),
        (
            HEAD + QUERY.replace("Int", 'Int @join__field(graph: A, contextArguments: [{context: "c"}])'),
            "@fromContext on Query.one: .* cannot be read",
        ),
        (
            HEAD + QUERY.replace("Int", 'Int @join__directive(graphs: [A], name: "connect")'),
            'name: "connect"\\) on Query.one',
        ),
        (
            HEAD + QUERY + ' type T @join__type(graph: A, key: "id") { other: Int }',
            "the field set 'id' on T cannot be read",
        ),
        (
            HEAD + QUERY + ' type T @join__type(graph: A, key: "id {") { id: Int }',
            "the field set 'id {' on T cannot be read",
        ),
        (
            HEAD + QUERY.replace("Int", 'Int @join__field(graph: A, provides: "id")'),
            "@provides on Query.one: its type has no fields",
        ),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name_and_place(sdl: str, message: str) -> None:
    with pytest.raises(UnsupportedSupergraphError, match=message):
        Planner(read_supergraph(sdl))
