"""What composition made of types that differ: enums, inputs, nullability, hidden parts; and variables of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite

if TYPE_CHECKING:
    from collections.abc import Mapping


def staff() -> World:
    people: list[Record] = [
        {"__typename": "Worker", "id": "1", "rank": "CHIEF", "name": "Ada", "secret": "x"},
        {"__typename": "Worker", "id": "2", "rank": "SPY", "name": "Bob", "secret": "y"},
    ]
    return World(
        records={"Worker": people},
        roots={
            "workers": lambda _: people,
            "ranked": lambda arguments: [one for one in people if one["rank"] == arguments["rank"]],
            "chief": lambda _: people[1],
        },
        computed={
            "Worker.greeting": lambda read, arguments: f"{arguments.get('word', 'no word')} {read('name')}"
        },
    )


HIDDEN = Suite(
    "values, arguments and fields that are not for clients",
    supergraph(
        "STAFF OTHER",
        """
        type Query @join__type(graph: STAFF) @join__type(graph: OTHER) {
          workers: [Worker!]! @join__field(graph: STAFF)
          ranked(rank: Rank!): [Worker!]! @join__field(graph: STAFF)
          chief: Worker @join__field(graph: STAFF)
        }
        enum Rank @join__type(graph: STAFF) {
          CHIEF @join__enumValue(graph: STAFF)
          SPY @join__enumValue(graph: STAFF) @inaccessible
        }
        type Worker @join__type(graph: STAFF, key: "id") @join__type(graph: OTHER, key: "id secret") {
          id: ID!
          secret: String! @inaccessible
          rank: Rank @join__field(graph: STAFF)
          greeting(word: String = "hello" @inaccessible): String @join__field(graph: OTHER)
          name: String @join__field(graph: OTHER)
        }
        """,
    ),
    staff,
    [
        Case("{ workers { rank } }", {"workers": [{"rank": "CHIEF"}, {"rank": None}]}),
        Case(
            "{ workers { name greeting } }",
            {"workers": [{"name": "Ada", "greeting": "hello Ada"}, {"name": "Bob", "greeting": "hello Bob"}]},
            asked=["other", "staff"],
        ),
        Case("{ ranked(rank: CHIEF) { id } }", {"ranked": [{"id": "1"}]}),
        Case("{ ranked(rank: SPY) { id } }", None, code="GRAPHQL_VALIDATION_FAILED"),
        Case("{ workers { secret } }", None, code="GRAPHQL_VALIDATION_FAILED"),
        Case('{ workers { greeting(word: "hi") } }', None, code="GRAPHQL_VALIDATION_FAILED"),
    ],
)


def echo(arguments: Mapping[str, Any]) -> str:
    return repr(
        {
            name: dict(sorted(arguments[name].items()))
            if isinstance(arguments[name], dict)
            else arguments[name]
            for name in sorted(arguments)
        }
    )


def forms() -> World:
    return World(
        records={},
        roots={"left": echo, "right": echo, "both": echo},
    )


INPUTS = Suite(
    "inputs, and variables of every kind",
    supergraph(
        "LEFT RIGHT",
        """
        scalar Anything @join__type(graph: LEFT) @join__type(graph: RIGHT)
        enum Side @join__type(graph: LEFT) @join__type(graph: RIGHT) {
          NEAR @join__enumValue(graph: LEFT) @join__enumValue(graph: RIGHT)
          FAR @join__enumValue(graph: LEFT) @join__enumValue(graph: RIGHT)
        }
        input Form @join__type(graph: LEFT) @join__type(graph: RIGHT) { size: Int! side: Side = FAR note: String }
        type Query @join__type(graph: LEFT) @join__type(graph: RIGHT) {
          left(form: Form, ids: [ID!], any: Anything, side: Side): String @join__field(graph: LEFT)
          right(form: Form, ids: [[Int]], deep: [Form!]): String @join__field(graph: RIGHT)
        }
        """,
    ),
    forms,
    [
        Case(
            "query($f: Form!, $r: [[Int]]) { left(form: $f) right(ids: $r) }",
            {"left": "{'form': {'side': 'FAR', 'size': 1}}", "right": "{'ids': [[1, None], None]}"},
            variables={"f": {"size": 1}, "r": [[1, None], None]},
            asked=["left", "right"],
        ),
        Case(
            "query($size: Int!, $side: Side) { left(form: {size: $size, side: $side, note: null}) }",
            {"left": "{'form': {'note': None, 'side': 'FAR', 'size': 2}}"},
            variables={"size": 2},
        ),
        Case(
            "query($size: Int = 4, $ids: [ID!] = [1]) { left(form: {size: $size}, ids: $ids) }",
            {"left": "{'form': {'side': 'FAR', 'size': 4}, 'ids': ['1']}"},
            variables={},
        ),
        Case(
            "query($side: Side) { left(side: $side) }", {"left": "{'side': None}"}, variables={"side": None}
        ),
        Case("query($side: Side) { left(side: $side) }", {"left": "{}"}, variables={}),
        Case(
            "query($any: Anything) { left(any: $any) }",
            {"left": "{'any': [1, 2.5, {'a': [None, True]}]}"},
            variables={"any": [1, 2.5, {"a": [None, True]}]},
        ),
        Case(
            '{ left(any: {a: [1, "b", NEAR]}) right(deep: [{size: 1}, {size: 2, side: NEAR}]) }',
            {
                "left": "{'any': {'a': [1, 'b', 'NEAR']}}",
                "right": "{'deep': [{'size': 1, 'side': 'FAR'}, {'size': 2, 'side': 'NEAR'}]}",
            },
        ),
        Case(
            'query($representations: ID!) { left(ids: [$representations, "x"]) }',
            {"left": "{'ids': ['7', 'x']}"},
            variables={"representations": 7},
        ),
        Case("query($f: Form!) { left(form: $f) }", None, variables={"f": {}}, code="BAD_USER_INPUT"),
        Case(
            "query($yes: Boolean!, $no: Boolean = false) { left @include(if: $yes) right @skip(if: $yes) kept: right @include(if: $no) }",
            {"left": "{}"},
            variables={"yes": True},
            asked=["left"],
        ),
    ],
)


def zoo() -> World:
    keepers: list[Record] = [{"__typename": "Keeper", "id": "k", "name": "Kim", "age": 40}]
    lions: list[Record] = [{"__typename": "Lion", "id": "l", "age": 4, "name": "Leo", "kin": []}]
    birds: list[Record] = [{"__typename": "Bird", "id": None, "age": None, "name": "Tit", "kin": None}]
    lions[0]["kin"] = [lions[0], birds[0]]
    return World(
        records={"Keeper": keepers, "Lion": lions, "Bird": birds},
        roots={"animals": lambda _: [*lions, *birds], "shown": lambda _: [*lions, *birds]},
    )


MISMATCH = Suite(
    "fields of one name whose types differ from member to member",
    supergraph(
        "ZOO VET",
        """
        type Query @join__type(graph: ZOO) @join__type(graph: VET) { animals: [Animal!]! @join__field(graph: ZOO) }
        union Animal @join__type(graph: ZOO) @join__unionMember(graph: ZOO, member: "Lion")
          @join__unionMember(graph: ZOO, member: "Bird") = Lion | Bird
        type Lion @join__type(graph: ZOO, key: "id") @join__type(graph: VET, key: "id") {
          id: ID @join__field(graph: ZOO, type: "ID!") @join__field(graph: VET)
          age: Int @join__field(graph: ZOO, type: "Int!") @join__field(graph: VET)
          kin: [Animal!] @join__field(graph: ZOO, type: "[Animal!]!")
          name: String @join__field(graph: VET)
        }
        type Bird @join__type(graph: ZOO) { id: ID age: Int kin: [Animal!] name: String }
        """,
    ),
    zoo,
    [
        Case(
            "{ animals { ... on Lion { id age } ... on Bird { id age } } }",
            {"animals": [{"id": "l", "age": 4}, {"id": None, "age": None}]},
            asked=["zoo"],
        ),
        Case(
            "{ animals { ... on Lion { kin { ... on Lion { id } ... on Bird { id } } } ... on Bird { kin { ... on Lion { id } ... on Bird { id } } } } }",
            {"animals": [{"kin": [{"id": "l"}, {"id": None}]}, {"kin": None}]},
            asked=["zoo"],
        ),
        Case(
            "{ animals { ... on Lion { it: name } ... on Bird { it: name } } }",
            {"animals": [{"it": "Leo"}, {"it": "Tit"}]},
            asked=["vet", "zoo"],
        ),
        Case(
            "{ animals { ... on Lion { id: age name: id } ... on Bird { id: age } } }",
            {"animals": [{"id": 4, "name": "l"}, {"id": None}]},
        ),
    ],
)
