"""Ways that the open composer does not let one compose, or that need more graphs than a story has."""

from __future__ import annotations

import pytest
from graphql import parse, validate

from gateway.plan import Plan, print_plan
from gateway.planner import Planner, PlanningError
from gateway.supergraph import read_supergraph


def head(*graphs: str) -> str:
    values = " ".join(f'{name} @join__graph(name: "{name.lower()}", url: "http://{name}")' for name in graphs)
    return (
        'schema @link(url: "https://specs.apollo.dev/join/v0.4", for: EXECUTION) '
        f"{{ query: Query mutation: Mutation }} enum join__Graph {{ {values} }}\n"
    )


MUTATION = "type Mutation @join__type(graph: A) { act: Done @join__field(graph: A) }\n"


def plan(sdl: str, text: str) -> Plan:
    supergraph = read_supergraph(sdl)
    document = parse(text)
    assert validate(supergraph.api, document) == []
    return Planner(supergraph).plan(document, document.definitions[0], {})  # type: ignore[arg-type]


def test_a_field_may_lead_back_to_the_root() -> None:
    sdl = (
        head("A", "B")
        + MUTATION
        + """
        type Done @join__type(graph: A) { query: Query! ok: Int }
        type Query @join__type(graph: A) @join__type(graph: B) {
          a: Int @join__field(graph: A)  b: Int @join__field(graph: B)
        }
        """
    )
    made = plan(sdl, "mutation { act { ok query { a b } } }")
    assert [fetch.document for fetch in made.fetches] == ["mutation{act{ok query{a}}}", "query{b}"]
    assert 'Flatten(path: "act.query")' in print_plan(made)


def test_a_graph_with_a_narrower_type_is_not_asked_for_others() -> None:
    sdl = (
        head("A", "B")
        + MUTATION
        + """
        type Done @join__type(graph: A) { ok: Int }
        type Query @join__type(graph: A) @join__type(graph: B) {
          one: Node @join__field(graph: A, type: "Thing") @join__field(graph: B)
          other: Node @join__field(graph: A, type: "Thing")
        }
        interface Node @join__type(graph: B) { id: ID }
        type Thing implements Node
          @join__type(graph: A) @join__type(graph: B) @join__implements(graph: B, interface: "Node")
        { id: ID a: Int @join__field(graph: A) }
        type Extra implements Node @join__type(graph: B) @join__implements(graph: B, interface: "Node")
        { id: ID e: Int }
        """
    )
    (fetch,) = plan(sdl, "{ other { id ... on Thing { a } ... on Extra { e } } }").fetches
    assert fetch.document == "query{other{__typename id ...on Thing{a}}}"


def test_requirements_in_a_circle_have_no_plan() -> None:
    sdl = (
        head("A", "B")
        + MUTATION
        + """
        type Done @join__type(graph: A) { ok: Int }
        type Query @join__type(graph: A) { one: T @join__field(graph: A) }
        type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID
          x: Int @join__field(graph: A, requires: "y") @join__field(graph: B, external: true)
          y: Int @join__field(graph: B, requires: "x") @join__field(graph: A, external: true)
        }
        """
    )
    with pytest.raises(PlanningError, match=r"No subgraph can be reached for Query.one > T.x."):
        plan(sdl, "{ one { x } }")
    assert len(plan(sdl, "{ one { id } }").fetches) == 1


def test_many_hops_that_could_be_spared_are_thinned_out() -> None:
    graphs = [f"G{number}" for number in range(10)]
    keyed = " ".join(f'@join__type(graph: {graph}, key: "id")' for graph in ["A", *graphs])
    shared = " ".join(f"@join__field(graph: {graph})" for graph in graphs)
    fields = " ".join(f"f{number}: Int {shared}" for number in range(10))
    sdl = (
        head("A", *graphs)
        + MUTATION
        + f"""
        type Done @join__type(graph: A) {{ ok: Int }}
        type Query @join__type(graph: A) {{ one: T @join__field(graph: A) }}
        type T {keyed} {{ id: ID {fields} last: Int @join__field(graph: G7) }}
        """
    )
    made = plan(sdl, "{ one { f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 } }")
    assert len(made.fetches) == 2
    made = plan(sdl, "{ one { f0 f1 f2 last } }")
    assert [fetch.service for fetch in made.fetches] == ["a", "g7"]


def test_a_chain_shared_by_two_fields_is_walked_once() -> None:
    sdl = (
        head("A", "B", "C")
        + MUTATION
        + """
        type Done @join__type(graph: A) { ok: Int }
        type Query @join__type(graph: A) { one: T @join__field(graph: A) }
        type T
          @join__type(graph: A, key: "a") @join__type(graph: B, key: "a") @join__type(graph: C, key: "b")
        {
          a: ID @join__field(graph: A) @join__field(graph: B)
          b: ID @join__field(graph: B) @join__field(graph: C)
          inB: Int @join__field(graph: B)
          inC: Int @join__field(graph: C)
        }
        """
    )
    made = plan(sdl, "{ one { inC inB } }")
    assert [(fetch.service, fetch.parents) for fetch in made.fetches] == [("a", ()), ("b", (0,)), ("c", (1,))]
