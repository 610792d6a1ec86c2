"""Completion of gathered data: order, nulls and errors as the specification has them."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse

from gateway.executor.projection import MAX_NOTED, Projector
from gateway.supergraph import Supergraph, read_supergraph

SDL = """
schema @link(url: "https://specs.apollo.dev/join/v0.4", for: EXECUTION) { query: Query }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
type Query @join__type(graph: A) {
  maybe: Thing  sure: Thing!  list: [Thing]  strict: [Thing!]  all: [Thing!]!  grid: [[Int!]]
  kind: Kind  any: Any  names: [Name!]!
  leaves: Leaves
}
type Leaves @join__type(graph: A) {
  int: Int float: Float text: String yes: Boolean id: ID! own: Own texts: [String] numbers: [Float!]
}
scalar Own @join__type(graph: A)
interface Name @join__type(graph: A) { name: String! }
type Thing implements Name @join__type(graph: A) @join__implements(graph: A, interface: "Name") {
  name: String! note: String size: Int inner: Thing sureInner: Thing!
}
type Hidden implements Name
  @join__type(graph: A) @join__implements(graph: A, interface: "Name") @inaccessible
{ name: String! }
type Other implements Name @join__type(graph: A) @join__implements(graph: A, interface: "Name") {
  name: String!
}
union Any @join__type(graph: A) = Thing | Hidden
enum Kind @join__type(graph: A) { ONE TWO SECRET @inaccessible }
"""


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    return read_supergraph(SDL)


def complete(
    supergraph: Supergraph, text: str, data: Any, errors: list[dict[str, Any]] | None = None
) -> tuple[Any, list[Any]]:
    document = parse(text)
    told = errors if errors is not None else []
    projector = Projector(supergraph, document, document.definitions[0], {})  # type: ignore[arg-type]
    projector.written_after = 1
    known = list(told)
    answer = projector.complete(data, told)
    # The second time by the function written for the document, which must not see anything else.
    again = list(known)
    assert repr(projector.complete(data, again)) == repr(answer)
    assert again == told
    return answer, [error.get("path") for error in told]


THING = {"name": "x", "note": None, "size": 3}
NAMELESS = {"name": None, "note": "n"}


@pytest.mark.parametrize(
    ("query", "data", "expected", "paths"),
    [
        ("{ maybe { name } }", {"maybe": THING, "extra": 1}, {"maybe": {"name": "x"}}, []),
        ("{ maybe { name } }", {}, {"maybe": None}, []),
        ("{ maybe { size n: name } }", {"maybe": {**THING, "n": "x"}}, {"maybe": {"size": 3, "n": "x"}}, []),
        ("{ maybe { name } }", {"maybe": NAMELESS}, {"maybe": None}, [["maybe", "name"]]),
        ("{ sure { name } }", {"sure": NAMELESS}, None, [["sure", "name"]]),
        ("{ sure { note } }", {}, None, [["sure"]]),
        (
            "{ list { name } }",
            {"list": [THING, NAMELESS]},
            {"list": [{"name": "x"}, None]},
            [["list", 1, "name"]],
        ),
        ("{ strict { name } }", {"strict": [THING, NAMELESS]}, {"strict": None}, [["strict", 1, "name"]]),
        ("{ strict { name } }", {"strict": [None, THING]}, {"strict": None}, [["strict", 0]]),
        ("{ all { name } }", {"all": [NAMELESS, NAMELESS]}, None, [["all", 0, "name"]]),
        ("{ grid }", {"grid": [[1, 2], [3, None]]}, {"grid": [[1, 2], None]}, [["grid", 1, 1]]),
        (
            "{ maybe { inner { sureInner { name } } note } }",
            {"maybe": {"inner": {"sureInner": NAMELESS}, "note": "kept"}},
            {"maybe": {"inner": None, "note": "kept"}},
            [["maybe", "inner", "sureInner", "name"]],
        ),
        ("{ kind }", {"kind": "TWO"}, {"kind": "TWO"}, []),
        ("{ kind }", {"kind": "SECRET"}, {"kind": None}, []),
        ("{ kind }", {"kind": "WRONG"}, {"kind": None}, [["kind"]]),
        ("{ any { __typename } }", {"any": {"__typename": "Hidden"}}, {"any": None}, []),
        ("{ any { __typename } }", {"any": {"__typename": "Thing"}}, {"any": {"__typename": "Thing"}}, []),
        ("{ names { name } }", {"names": [{"__typename": "Hidden", "name": "x"}]}, None, [["names", 0]]),
        ("{ any { __typename } }", {"any": {"__typename": "Nothing"}}, {"any": None}, [["any"]]),
        ("{ any { __typename } }", {"any": {"__typename": ["Thing"]}}, {"any": None}, [["any"]]),
        ("{ any { __typename } }", {"any": {"name": "x"}}, {"any": None}, [["any"]]),
        ("{ any { __typename } }", {"any": "text"}, {"any": None}, [["any"]]),
        (
            "{ names { name } }",
            {"names": [{"__typename": "Name", "name": "x"}]},
            {"names": [{"name": "x"}]},
            [],
        ),
        ("{ names { __typename } }", {"names": [{"__typename": "Name"}]}, None, [["names", 0]]),
        (
            "{ names { name ... on Other { name } } }",
            {"names": [{"__typename": "Name", "name": "x"}]},
            None,
            [["names", 0]],
        ),
        ("{ maybe { name } }", {"maybe": "text"}, {"maybe": None}, [["maybe"]]),
        ("{ list { name } }", {"list": {"a": 1}}, {"list": None}, [["list"]]),
    ],
)
def test_nulls_empty_the_nearest_place_that_may_be_null(
    supergraph: Supergraph, query: str, data: Any, expected: Any, paths: list[Any]
) -> None:
    assert complete(supergraph, query, data) == (expected, paths)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("int", [0, -5, None], ["1", 1.5, True, [1], {}]),
        ("float", [0, 1.5, None], ["1", True, [1.5], {}]),
        ("text", ["", "é", None], [1, True, ["a"], {"secret": 1}]),
        ("yes", [True, False, None], [0, 1, "true", [True], {}]),
        ("id", ["1", ""], [1.5, True, ["1"], {}]),
        ("own", [1, "a", None, [1], {"any": "thing"}], []),
        ("texts", [[], ["a", None], None], ["a", [1], [["a"]], [{}]]),
        ("numbers", [[], [1, 1.5], None], ["a", ["a"], [True], [[1]]]),
    ],
)
def test_a_leaf_is_what_the_specification_has_for_its_scalar(
    supergraph: Supergraph, name: str, right: list[Any], wrong: list[Any]
) -> None:
    query = f"{{ leaves {{ {name} }} }}"
    for value in right:
        assert complete(supergraph, query, {"leaves": {name: value}}) == ({"leaves": {name: value}}, [])
    for value in wrong:
        answer, paths = complete(supergraph, query, {"leaves": {name: value}})
        assert answer in ({"leaves": None}, {"leaves": {name: None}}, {"leaves": {name: [None]}}), value
        assert [path[:2] for path in paths] == [["leaves", name]], value


def test_a_leaf_that_is_written_otherwise_is_put_right(supergraph: Supergraph) -> None:
    answer = complete(supergraph, "{ leaves { id int } }", {"leaves": {"id": 7, "int": 3.0}})
    assert repr(answer) == repr(({"leaves": {"id": "7", "int": 3}}, []))


@pytest.mark.parametrize(
    "known",
    [["sure"], ["sure", "name"], ["sure", "name", "below"]],
    ids=["above", "the same place", "below"],
)
def test_a_null_that_an_error_explains_gets_no_second_one(supergraph: Supergraph, known: list[str]) -> None:
    errors: list[dict[str, Any]] = [{"message": "known", "path": known}]
    assert complete(supergraph, "{ sure { name } }", {"sure": NAMELESS}, errors) == (None, [known])


def test_what_is_wrong_in_thousands_of_places_is_told_of_some(supergraph: Supergraph) -> None:
    """To compare each with all those before took minutes."""
    answer, paths = complete(supergraph, "{ list { name } }", {"list": [NAMELESS] * 30_000})
    assert answer == {"list": [None] * 30_000}
    assert paths == [["list", place, "name"] for place in range(MAX_NOTED)]


def test_fields_of_fragments_come_where_they_first_stand(supergraph: Supergraph) -> None:
    query = """
      { names { ...A ... on Thing { size note } name } }
      fragment A on Name { ... on Thing { note } }
    """
    data = {"names": [{"__typename": "Thing", **THING}]}
    answer, _ = complete(supergraph, query, data)
    assert list(answer["names"][0]) == ["note", "size", "name"]


PLAIN: dict[str, Any] = {
    "maybe": {"name": "x", "note": None, "size": 1, "inner": None, "extra": 1},
    "sure": {"name": "x", "sureInner": {"name": "y", "inner": {"name": "z"}}},
    "list": [None, {"name": "x"}],
    "strict": [],
    "all": [{"name": "x"}, {"name": "y"}],
    "grid": [[1, 2], None, []],
    "kind": "TWO",
    "any": {"__typename": "Thing", "name": "x"},
    "names": [{"__typename": "Thing", "name": "x", "size": None}],
    "leaves": {
        "int": 1,
        "float": 1,
        "text": None,
        "yes": True,
        "id": "1",
        "own": [1],
        "texts": [None, "a"],
        "numbers": [1.5, 2],
    },
}


@pytest.mark.parametrize(
    "query",
    [
        "{ maybe { name note size inner { name } } }",
        "{ sure { name sureInner { name inner { name } } } }",
        "{ list { name } strict { name } all { name } grid kind }",
        "{ maybe { __typename } any { __typename ... on Thing { name } } }",
        "{ names { name ... on Thing { size } } }",
        "{ leaves { int float text yes id own texts numbers } }",
        "query ($no: Boolean = false) { kind @include(if: $no) grid }",
    ],
)
def test_the_written_function_alone_answers_what_is_plain(supergraph: Supergraph, query: str) -> None:
    document = parse(query)
    operation: Any = document.definitions[0]
    projector = Projector(supergraph, document, operation, {"no": False})
    projector.written_after = 1
    expected = projector.complete(PLAIN, [])

    def interpret(*_: Any) -> None:
        raise AssertionError("the closures were asked")

    projector._root = interpret
    assert repr(projector.complete(PLAIN, [])) == repr(expected)


def test_a_deep_operation_is_written_as_functions_that_call_each_other(supergraph: Supergraph) -> None:
    levels = 60
    query = "{ maybe { " + "inner { " * levels + "name" + " }" * levels + " } }"
    data: dict[str, Any] = {"name": "deep"}
    for _ in range(levels):
        data = {"inner": data}
    answer, paths = complete(supergraph, query, {"maybe": data})
    assert (answer, paths) == ({"maybe": data}, [])


def test_names_are_never_code(supergraph: Supergraph) -> None:
    """Aliases are names by GraphQL's grammar; what a graph answers may be anything."""
    odd = {"__typename": "Thing']); raise SystemExit #", "name": "x"}
    answer, paths = complete(supergraph, "{ __class__: kind import: any { __typename } }", {"import": odd})
    assert (answer, paths) == ({"__class__": None, "import": None}, [["import"]])
