"""Arguments that no ancestor could give are refused at start-up, each by its name."""

from __future__ import annotations

import pytest

from gateway.features import UnsupportedSupergraphError
from gateway.planner import Planner
from gateway.supergraph import read_supergraph
from tests.gateway.extraction import supergraph


def wanting(
    context: str = "a__of",
    selection: str = "{ name }",
    *,
    definitions: str = "type Box",
    is_resolvable: str = "true",
) -> str:
    """A supergraph in which `Box.label` wants something of a context."""
    return supergraph(
        "A B",
        f"""
        type Query @join__type(graph: A) {{ shelf: Shelf }}
        type Mutation @join__type(graph: A) @context(name: "a__done") {{ name: String }}
        type Shelf @join__type(graph: A) @context(name: "a__of") {{
          name: String  more: Int  box: Box  place: Place
        }}
        type Place @join__type(graph: A) {{ name: String }}
        {definitions} @join__type(graph: A, key: "id", resolvable: {is_resolvable}) {{
          id: ID!
          label: String @join__field(graph: A, contextArguments: [
            {{context: "{context}", name: "text", type: "String", selection: "{selection}"}}
          ])
        }}
        """,
        roots="query: Query mutation: Mutation",
    )


LABELLED = "interface Labelled @join__type(graph: A) { label: String } type Box implements Labelled"


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        (wanting("a__none"), r"@fromContext on Box.label\(text:\): no type sets the context a__none"),
        (
            wanting(is_resolvable="false"),
            r"@fromContext on Box.label\(text:\): Box has no resolvable key in A",
        ),
        (wanting("a__done"), "@context on Mutation: asking @fromContext on Box.label"),
        (wanting(definitions=LABELLED), "the interface Labelled has this field too"),
        (wanting(definitions="interface Box"), "Box is no object type"),
        (wanting(selection="{ name more }"), "'name more' on Shelf is not one leaf"),
        (wanting(selection="{ place }"), "'place' on Shelf is not one leaf"),
        (wanting(selection="{ colour }"), r"Box.label\(text:\): the field set .* on Shelf cannot be read"),
    ],
)
def test_what_no_ancestor_could_give_is_refused(sdl: str, message: str) -> None:
    with pytest.raises(UnsupportedSupergraphError, match=message):
        Planner(read_supergraph(sdl))


def test_what_an_ancestor_can_give_is_accepted() -> None:
    assert Planner(read_supergraph(wanting()))
