"""Interfaces and unions whose members, or whose fields, are spread over graphs."""

from __future__ import annotations

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite


def harbour() -> World:
    boats: list[Record] = [
        {"__typename": "Sloop", "id": "s", "name": "Gull", "length": 9, "masts": 1, "crew": 2},
        {"__typename": "Tug", "id": "t", "name": "Ox", "length": 30, "power": 900, "crew": None},
    ]
    sloops, tugs = boats[:1], boats[1:]
    return World(
        records={"Sloop": sloops, "Tug": tugs},
        roots={
            "boats": lambda _: boats,
            "moored": lambda _: [*boats, None],
            "flag": lambda _: boats[0],
            "pulled": lambda _: boats[1],
        },
    )


SPREAD = Suite(
    "fields of an interface that its types have from different graphs",
    supergraph(
        "QUAY SAIL STEAM",
        """
        type Query @join__type(graph: QUAY) @join__type(graph: SAIL) @join__type(graph: STEAM) {
          boats: [Boat!]! @join__field(graph: QUAY)
          moored: [Boat] @join__field(graph: QUAY)
        }
        interface Boat @join__type(graph: QUAY) @join__type(graph: SAIL) @join__type(graph: STEAM) {
          name: String @join__field(graph: QUAY)
          length: Int @join__field(graph: SAIL) @join__field(graph: STEAM)
          crew: Int @join__field(graph: SAIL) @join__field(graph: STEAM)
        }
        type Sloop implements Boat @join__type(graph: QUAY, key: "id") @join__type(graph: SAIL, key: "id")
          @join__implements(graph: QUAY, interface: "Boat") @join__implements(graph: SAIL, interface: "Boat") {
          id: ID!
          name: String @join__field(graph: QUAY)
          length: Int @join__field(graph: SAIL)
          crew: Int @join__field(graph: SAIL)
          masts: Int @join__field(graph: SAIL)
        }
        type Tug implements Boat @join__type(graph: QUAY, key: "id") @join__type(graph: STEAM, key: "id")
          @join__implements(graph: QUAY, interface: "Boat") @join__implements(graph: STEAM, interface: "Boat") {
          id: ID!
          name: String @join__field(graph: QUAY)
          length: Int @join__field(graph: STEAM)
          crew: Int @join__field(graph: STEAM)
          power: Int @join__field(graph: STEAM)
        }
        """,
    ),
    harbour,
    [
        Case(
            "{ boats { __typename name } }",
            {"boats": [{"__typename": "Sloop", "name": "Gull"}, {"__typename": "Tug", "name": "Ox"}]},
            asked=["quay"],
        ),
        Case(
            "{ boats { name length } }",
            {"boats": [{"name": "Gull", "length": 9}, {"name": "Ox", "length": 30}]},
            asked=["quay", "sail", "steam"],
        ),
        Case(
            "{ moored { crew ... on Tug { power } ... on Boat { ... on Sloop { masts } } } }",
            {"moored": [{"crew": 2, "masts": 1}, {"crew": None, "power": 900}, None]},
            asked=["quay", "sail", "steam"],
        ),
        Case(
            "{ boats { ... on Sloop { size: length } ... on Tug { size: power } } }",
            {"boats": [{"size": 9}, {"size": 900}]},
        ),
        Case(
            "query($no: Boolean!) { boats { name ... on Tug @skip(if: $no) { power } } }",
            {"boats": [{"name": "Gull"}, {"name": "Ox"}]},
            variables={"no": True},
            asked=["quay"],
        ),
        Case(
            "{ boats { ...A ...B } } fragment A on Boat { ...C } fragment B on Sloop { masts ...C } fragment C on Boat { name kind: __typename }",
            {"boats": [{"name": "Gull", "kind": "Sloop", "masts": 1}, {"name": "Ox", "kind": "Tug"}]},
        ),
    ],
)

PARTIAL = Suite(
    "a union of which each graph knows other members",
    supergraph(
        "WIND MOTOR",
        """
        type Query @join__type(graph: WIND) @join__type(graph: MOTOR) {
          flag: Vessel @join__field(graph: WIND)
          pulled: Vessel @join__field(graph: MOTOR)
        }
        union Vessel @join__type(graph: WIND) @join__type(graph: MOTOR)
          @join__unionMember(graph: WIND, member: "Sloop") @join__unionMember(graph: MOTOR, member: "Sloop")
          @join__unionMember(graph: MOTOR, member: "Tug") = Sloop | Tug
        type Sloop @join__type(graph: WIND, key: "id") @join__type(graph: MOTOR, key: "id") {
          id: ID!
          masts: Int @join__field(graph: WIND)
          length: Int @join__field(graph: MOTOR)
        }
        type Tug @join__type(graph: MOTOR) { power: Int }
        """,
    ),
    harbour,
    [
        Case(
            "{ flag { ... on Sloop { masts length } ... on Tug { power } } }",
            {"flag": {"masts": 1, "length": 9}},
            asked=["motor", "wind"],
        ),
        Case(
            "{ pulled { __typename ... on Sloop { masts } ... on Tug { power } } }",
            {"pulled": {"__typename": "Tug", "power": 900}},
            asked=["motor"],
        ),
        Case("{ flag { ... on Tug { power } } }", {"flag": {}}, asked=["wind"]),
        Case(
            "{ flag { __typename } pulled { __typename } }",
            {"flag": {"__typename": "Sloop"}, "pulled": {"__typename": "Tug"}},
        ),
    ],
)

NARROWER = Suite(
    "a field whose type is narrower in one graph",
    supergraph(
        "WIND MOTOR",
        """
        type Query @join__type(graph: WIND) @join__type(graph: MOTOR) {
          flag: Vessel @join__field(graph: WIND, type: "Sloop") @join__field(graph: MOTOR, type: "Vessel")
        }
        union Vessel @join__type(graph: MOTOR) @join__unionMember(graph: MOTOR, member: "Sloop")
          @join__unionMember(graph: MOTOR, member: "Tug") = Sloop | Tug
        type Sloop @join__type(graph: WIND, key: "id") @join__type(graph: MOTOR, key: "id") {
          id: ID!
          masts: Int @join__field(graph: WIND)
          length: Int @join__field(graph: MOTOR)
        }
        type Tug @join__type(graph: MOTOR) { power: Int }
        """,
    ),
    harbour,
    [
        Case("{ flag { ... on Sloop { masts } } }", {"flag": {"masts": 1}}, asked=["wind"]),
        Case(
            "{ flag { ... on Sloop { masts length } ... on Tug { power } } }",
            {"flag": {"masts": 1, "length": 9}},
        ),
        Case("{ flag { __typename ... on Tug { power } } }", {"flag": {"__typename": "Sloop"}}),
    ],
)


def inhabitants() -> World:
    people: list[Record] = [{"__typename": "Person", "id": "p", "name": "Ada", "age": 36, "mood": "calm"}]
    cats: list[Record] = [{"__typename": "Cat", "id": "c", "name": "Tom", "age": 3, "mood": "wild"}]
    return World(
        records={"Person": people, "Cat": cats},
        roots={
            "node": lambda arguments: {"p": people[0], "c": cats[0]}.get(arguments["id"]),
            "person": lambda _: people[0],
        },
    )


NODES = Suite(
    "one root for objects of every kind, shared by graphs",
    supergraph(
        "MAIN MOOD",
        """
        type Query @join__type(graph: MAIN) @join__type(graph: MOOD) {
          node(id: ID!): Node @join__field(graph: MAIN) @join__field(graph: MOOD)
          person: Person @join__field(graph: MAIN)
        }
        interface Node @join__type(graph: MAIN) @join__type(graph: MOOD) { id: ID! }
        type Person implements Node @join__type(graph: MAIN, key: "id") @join__type(graph: MOOD, key: "id")
          @join__implements(graph: MAIN, interface: "Node") @join__implements(graph: MOOD, interface: "Node") {
          id: ID!
          name: String @join__field(graph: MAIN)
          mood: String @join__field(graph: MOOD)
        }
        type Cat implements Node @join__type(graph: MAIN, key: "id") @join__type(graph: MOOD, key: "id")
          @join__implements(graph: MAIN, interface: "Node") @join__implements(graph: MOOD, interface: "Node") {
          id: ID!
          age: Int @join__field(graph: MAIN)
          mood: String @join__field(graph: MOOD)
        }
        """,
    ),
    inhabitants,
    [
        Case('{ node(id: "p") { id } }', {"node": {"id": "p"}}, asked=["main"]),
        Case(
            '{ node(id: "c") { ... on Cat { mood } ... on Person { mood } } }',
            {"node": {"mood": "wild"}},
            asked=["mood"],
        ),
        Case(
            '{ a: node(id: "p") { ... on Person { name } } b: node(id: "c") { __typename ... on Cat { mood } } }',
            {"a": {"name": "Ada"}, "b": {"__typename": "Cat", "mood": "wild"}},
            asked=["main", "mood"],
        ),
        Case(
            "query($id: ID!) { node(id: $id) { id __typename } }",
            {"node": None},
            variables={"id": "nobody"},
            asked=["main"],
        ),
        Case(
            "query($id: ID!) { node(id: $id) { ... on Person { name mood } } person { mood } }",
            {"node": {"name": "Ada", "mood": "calm"}, "person": {"mood": "calm"}},
            variables={"id": "p"},
        ),
    ],
)
