"""Nulls and errors: how far they reach, and the paths that they are told with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLError

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite

if TYPE_CHECKING:
    from collections.abc import Callable


def failing(message: str) -> Callable[[], object]:
    def fail() -> object:
        raise GraphQLError(message)

    return fail


def orchard() -> World:
    trees: list[Record] = [
        {"__typename": "Tree", "id": "1", "kind": "pear", "fruit": 12, "tag": {"text": "old"}},
        {
            "__typename": "Tree",
            "id": "2",
            "kind": failing("no kind"),
            "fruit": failing("not counted"),
            "tag": None,
        },
        {
            "__typename": "Tree",
            "id": "3",
            "kind": None,
            "fruit": None,
            "tag": {"text": failing("unreadable")},
        },
    ]
    rows: list[Record] = [
        {"__typename": "Row", "id": "a", "trees": [trees[0], trees[0]], "oldest": trees[0], "sure": trees[0]},
        {"__typename": "Row", "id": "b", "trees": [trees[0], trees[1]], "oldest": trees[1], "sure": trees[1]},
        {"__typename": "Row", "id": "c", "trees": [trees[2], None], "oldest": None, "sure": trees[2]},
    ]
    return World(
        records={"Tree": trees, "Row": rows}, roots={"rows": lambda _: rows, "last": lambda _: rows[2]}
    )


ORCHARD = supergraph(
    "ROWS TREES",
    """
    type Query @join__type(graph: ROWS) @join__type(graph: TREES) {
      rows: [Row] @join__field(graph: ROWS)
      last: Row! @join__field(graph: ROWS)
    }
    type Row @join__type(graph: ROWS, key: "id") {
      id: ID!
      trees: [Tree]
      oldest: Tree
      sure: Tree!
    }
    type Tree @join__type(graph: ROWS, key: "id") @join__type(graph: TREES, key: "id") {
      id: ID!
      kind: String @join__field(graph: ROWS)
      fruit: Int! @join__field(graph: TREES)
      tag: Tag @join__field(graph: TREES)
    }
    type Tag @join__type(graph: TREES) { text: String! }
    """,
)

REACH = Suite(
    "nulls that reach up to what may be null",
    ORCHARD,
    orchard,
    [
        Case(
            "{ rows { oldest { kind } } }",
            {"rows": [{"oldest": {"kind": "pear"}}, {"oldest": {"kind": None}}, {"oldest": None}]},
            errors=[["rows", 1, "oldest", "kind"]],
        ),
        Case(
            "{ rows { oldest { n: fruit } } }",
            {"rows": [{"oldest": {"n": 12}}, {"oldest": None}, {"oldest": None}]},
            errors=[["rows", 1, "oldest", "n"]],
        ),
        Case(
            "{ rows { sure { fruit } } }",
            {"rows": [{"sure": {"fruit": 12}}, None, None]},
            errors=[["rows", 1, "sure", "fruit"], ["rows", 2, "sure", "fruit"]],
        ),
        Case(
            "{ rows { all: trees { fruit } } }",
            {
                "rows": [
                    {"all": [{"fruit": 12}, {"fruit": 12}]},
                    {"all": [{"fruit": 12}, None]},
                    {"all": [None, None]},
                ]
            },
            errors=[["rows", 1, "all", 1, "fruit"], ["rows", 2, "all", 0, "fruit"]],
        ),
        Case("{ last { sure { fruit } } }", None, errors=[["last", "sure", "fruit"]]),
        Case(
            "{ last { sure { label: tag { text } } } }",
            {"last": {"sure": {"label": None}}},
            errors=[["last", "sure", "label", "text"]],
        ),
        Case(
            "{ rows { oldest { tag { text } } } }",
            {"rows": [{"oldest": {"tag": {"text": "old"}}}, {"oldest": {"tag": None}}, {"oldest": None}]},
        ),
        Case(
            "{ first: rows { oldest { fruit } } rows { oldest { id } } }",
            {
                "first": [{"oldest": {"fruit": 12}}, {"oldest": None}, {"oldest": None}],
                "rows": [{"oldest": {"id": "1"}}, {"oldest": {"id": "2"}}, {"oldest": None}],
            },
            errors=[["first", 1, "oldest", "fruit"]],
        ),
    ],
)
