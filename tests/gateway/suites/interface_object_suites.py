"""`@interfaceObject`: a graph that gives fields to every type of an interface, and knows none of them."""

from __future__ import annotations

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite


def bakery() -> World:
    loaves: list[Record] = [
        {"__typename": "Loaf", "id": "1", "grams": 400, "crust": "dark", "stars": 4, "note": "of 400 g"},
        {"__typename": "Loaf", "id": "2", "grams": 250, "crust": None, "stars": None, "note": "of 250 g"},
    ]
    return World(
        records={"Baked": loaves, "Loaf": loaves},
        roots={
            "baked": lambda _: loaves,
            "best": lambda _: loaves[0],
            "gone": lambda _: {"__typename": "Loaf", "id": "9"},
            "nothing": lambda _: None,
        },
        computed={f"{name}.note": lambda read, _: f"of {read('grams')} g" for name in ("Baked", "Loaf")},
    )


def _shop(*, resolvable: bool) -> str:
    return supergraph(
        "OVEN STARS",
        f"""
        type Query @join__type(graph: OVEN) @join__type(graph: STARS) {{
          baked: [Baked!]! @join__field(graph: OVEN)
          best: Baked @join__field(graph: STARS)
          gone: Baked @join__field(graph: STARS)
        }}
        interface Baked @join__type(graph: OVEN, key: "id")
          @join__type(graph: STARS, key: "id", isInterfaceObject: true, resolvable: {str(resolvable).lower()}) {{
          id: ID!
          grams: Int @join__field(graph: OVEN) @join__field(graph: STARS, external: true)
          stars: Int @join__field(graph: STARS)
          note: String @join__field(graph: STARS, requires: "grams")
        }}
        type Loaf implements Baked @join__type(graph: OVEN, key: "id")
          @join__implements(graph: OVEN, interface: "Baked") {{
          id: ID!
          grams: Int
          crust: String
          stars: Int @join__field
          note: String @join__field
        }}
        """,
    )


FIELDS = Suite(
    "fields that an interface object gives",
    _shop(resolvable=True),
    bakery,
    [
        Case(
            "{ baked { id stars } }",
            {"baked": [{"id": "1", "stars": 4}, {"id": "2", "stars": None}]},
            asked=["oven", "stars"],
        ),
        Case("{ best { id stars } }", {"best": {"id": "1", "stars": 4}}, asked=["stars"]),
        Case(
            "{ best { __typename stars } }",
            {"best": {"__typename": "Loaf", "stars": 4}},
            asked=["oven", "stars"],
        ),
        Case("{ best { note } }", {"best": {"note": "of 400 g"}}, asked=["oven", "stars", "stars"]),
        Case(
            "{ baked { note } }",
            {"baked": [{"note": "of 400 g"}, {"note": "of 250 g"}]},
            asked=["oven", "stars"],
        ),
        Case(
            "{ baked { ... on Loaf { stars note crust } } }",
            {
                "baked": [
                    {"stars": 4, "note": "of 400 g", "crust": "dark"},
                    {"stars": None, "note": "of 250 g", "crust": None},
                ]
            },
            asked=["oven", "stars"],
        ),
    ],
)

FORGOTTEN = Suite(
    "an interface object on which the composer forgot what is external",
    _shop(resolvable=True).replace(
        "@join__field(graph: STARS, external: true)", "@join__field(graph: STARS)"
    ),
    bakery,
    [
        Case(
            "{ best { note grams } }",
            {"best": {"note": "of 400 g", "grams": 400}},
            asked=["oven", "stars", "stars"],
        ),
        Case("{ best { id stars } }", {"best": {"id": "1", "stars": 4}}, asked=["stars"]),
    ],
)

ONLY_TYPE = Suite(
    "a fragment on the only type that an interface object can be",
    _shop(resolvable=False),
    bakery,
    [
        Case("{ best { ... on Loaf { id stars } } }", {"best": {"id": "1", "stars": 4}}, asked=["stars"]),
        Case(
            "{ best { ... on Loaf { id crust } } }",
            {"best": {"id": "1", "crust": "dark"}},
            asked=["oven", "stars"],
        ),
        Case(
            "{ gone { ... on Loaf { id crust } } }",
            {"gone": {"id": "9", "crust": None}},
            asked=["oven", "stars"],
        ),
        Case("{ baked { stars } }", None, code="OPERATION_NOT_PLANNED"),
    ],
)

NOBODY = Suite(
    "an interface for which no type of the graph stands",
    supergraph(
        "LEFT RIGHT",
        """
        type Query @join__type(graph: LEFT) @join__type(graph: RIGHT) {
          nothing: Thing @join__field(graph: LEFT)
          best: Thing @join__field(graph: RIGHT)
        }
        interface Thing @join__type(graph: LEFT, key: "id")
          @join__type(graph: RIGHT, key: "id", isInterfaceObject: true, resolvable: false) {
          id: ID!
          stars: Int @join__field(graph: RIGHT)
        }
        """,
    ),
    bakery,
    [
        Case("{ best { id stars } }", {"best": {"id": "1", "stars": 4}}, asked=["right"]),
        Case("{ nothing { id } }", {"nothing": None}, asked=["left"]),
        Case("{ nothing { stars } }", None, code="OPERATION_NOT_PLANNED"),
    ],
)
