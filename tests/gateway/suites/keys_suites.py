"""Keys: how an object of one graph is found in another."""

from __future__ import annotations

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite


def farms() -> World:
    fields: list[Record] = [
        {"__typename": "Field", "id": "f1", "code": "F-1", "hectares": 12, "soil": "clay", "crop": "rye"},
        {"__typename": "Field", "id": "f2", "code": None, "hectares": 7, "soil": "sand", "crop": None},
        {"__typename": "Field", "id": "f3", "code": "F-3", "hectares": None, "soil": None, "crop": "oats"},
    ]
    return World(records={"Field": fields}, roots={"fields": lambda _: fields})


CHAINED = Suite(
    "a chain of keys, one of them null",
    supergraph(
        "LAND SURVEY CROPS",
        """
        type Query @join__type(graph: LAND) @join__type(graph: SURVEY) @join__type(graph: CROPS) {
          fields: [Field!]! @join__field(graph: LAND)
        }
        type Field @join__type(graph: LAND, key: "id") @join__type(graph: SURVEY, key: "id")
          @join__type(graph: SURVEY, key: "code") @join__type(graph: CROPS, key: "code") {
          id: ID! @join__field(graph: LAND) @join__field(graph: SURVEY)
          code: ID @join__field(graph: SURVEY) @join__field(graph: CROPS)
          hectares: Int @join__field(graph: LAND)
          soil: String @join__field(graph: SURVEY)
          crop: String @join__field(graph: CROPS)
        }
        """,
    ),
    farms,
    [
        Case(
            "{ fields { hectares crop } }",
            {
                "fields": [
                    {"hectares": 12, "crop": "rye"},
                    {"hectares": 7, "crop": None},
                    {"hectares": None, "crop": "oats"},
                ]
            },
            asked=["crops", "land", "survey"],
        ),
        Case(
            "{ fields { code soil } }",
            {
                "fields": [
                    {"code": "F-1", "soil": "clay"},
                    {"code": None, "soil": "sand"},
                    {"code": "F-3", "soil": None},
                ]
            },
            asked=["land", "survey"],
        ),
        Case("{ fields { __typename } }", {"fields": [{"__typename": "Field"}] * 3}, asked=["land"]),
    ],
)


def shelves() -> World:
    boxes: list[Record] = [{"__typename": "Box", "lid": f"b{n}", "kind": "tin", "weight": n} for n in (1, 2)]
    shelf: Record = {
        "__typename": "Shelf",
        "row": 3,
        "place": {"hall": "north", "level": 2},
        "boxes": boxes,
        "top": boxes[0],
        "load": 3,
        "checked": True,
        "label": "3 north",
    }
    return World(records={"Shelf": [shelf], "Box": boxes}, roots={"shelf": lambda _: shelf})


SHAPED = Suite(
    "compound keys, nested ones, and keys of lists",
    supergraph(
        "STORE SCALE AUDIT",
        """
        type Query @join__type(graph: STORE) @join__type(graph: SCALE) @join__type(graph: AUDIT) {
          shelf: Shelf @join__field(graph: STORE)
        }
        type Shelf @join__type(graph: STORE, key: "row place { hall }")
          @join__type(graph: SCALE, key: "row place { hall level }")
          @join__type(graph: AUDIT, key: "boxes { lid } top { lid }") {
          row: Int! @join__field(graph: STORE) @join__field(graph: SCALE)
          place: Place @join__field(graph: STORE) @join__field(graph: SCALE)
          boxes: [Box!] @join__field(graph: STORE) @join__field(graph: AUDIT)
          top: Box @join__field(graph: STORE) @join__field(graph: AUDIT)
          load: Int @join__field(graph: SCALE)
          checked: Boolean @join__field(graph: AUDIT)
        }
        type Place @join__type(graph: STORE) @join__type(graph: SCALE) { hall: String! level: Int }
        type Box @join__type(graph: STORE, key: "lid") @join__type(graph: SCALE, key: "lid")
          @join__type(graph: AUDIT, key: "lid", resolvable: false) {
          lid: ID!
          kind: String @join__field(graph: STORE)
          weight: Int @join__field(graph: SCALE)
        }
        """,
    ),
    shelves,
    [
        Case(
            "{ shelf { load checked } }",
            {"shelf": {"load": 3, "checked": True}},
            asked=["audit", "scale", "store"],
        ),
        Case(
            "{ shelf { boxes { kind weight } top { weight } load } }",
            {
                "shelf": {
                    "boxes": [{"kind": "tin", "weight": 1}, {"kind": "tin", "weight": 2}],
                    "top": {"weight": 1},
                    "load": 3,
                }
            },
            asked=["scale", "store"],
        ),
        Case(
            "{ shelf { at: place { floor: level } place { hall } } }",
            {"shelf": {"at": {"floor": 2}, "place": {"hall": "north"}}},
            asked=["store"],
        ),
    ],
)


def lost() -> World:
    people: list[Record] = [
        {"__typename": "Person", "id": "1", "nick": "ada", "mail": "ada@example.org", "born": 1815},
        {"__typename": "Person", "id": "2", "nick": "kid", "mail": None, "born": None},
    ]
    stranger: Record = {"__typename": "Person", "id": "9", "nick": "x"}
    return World(
        records={"Person": people},
        roots={"crew": lambda _: [people[0], stranger, None, people[1]], "captain": lambda _: stranger},
    )


def _crew(born: str) -> str:
    return supergraph(
        "CREW CIVIL",
        f"""
        type Query @join__type(graph: CREW) @join__type(graph: CIVIL) {{
          crew: [Person] @join__field(graph: CREW)
          captain: Person @join__field(graph: CREW)
        }}
        type Person @join__type(graph: CREW, key: "id") @join__type(graph: CIVIL, key: "id") {{
          id: ID!
          nick: String @join__field(graph: CREW)
          born: {born} @join__field(graph: CIVIL)
        }}
        """,
    )


UNKNOWN = Suite(
    "objects that the other graph does not know",
    _crew("Int"),
    lost,
    [
        Case(
            "{ crew { nick born } }",
            {
                "crew": [
                    {"nick": "ada", "born": 1815},
                    {"nick": "x", "born": None},
                    None,
                    {"nick": "kid", "born": None},
                ]
            },
        ),
        Case("{ captain { born } }", {"captain": {"born": None}}),
    ],
)

UNKNOWN_YET_REQUIRED = Suite(
    "objects that the other graph does not know, where a value is required",
    _crew("Int!"),
    lost,
    [
        Case(
            "{ crew { nick years: born } }",
            {"crew": [{"nick": "ada", "years": 1815}, None, None, None]},
            errors=[["crew", 1, "years"], ["crew", 3, "years"]],
        ),
        Case("{ captain { nick } }", {"captain": {"nick": "x"}}),
    ],
)
