"""`@context` and `@fromContext`: ancestors far up, of the same type, known early, or that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.gateway.subgraph_servers import Read


def trees() -> World:
    leaf: Record = {"__typename": "Branch", "id": "leaf", "name": "leaf", "below": [], "mate": None}
    twig: Record = {"__typename": "Branch", "id": "twig", "name": "twig", "below": [leaf], "mate": leaf}
    root: Record = {"__typename": "Branch", "id": "root", "name": None, "below": [twig, leaf], "mate": twig}
    nest: Record = {"__typename": "Nest", "id": "nest", "name": "nest", "within": root}
    return World(
        records={"Branch": [root, twig, leaf], "Nest": [nest]},
        roots={"root": lambda _: root, "places": lambda _: [nest, twig], "owner": lambda _: {"name": "Ada"}},
        computed={
            "Branch.under": lambda read, given: f"{read('name')} under {given['above']}",
            "Branch.of": lambda _, given: given["owner"],
            "Branch.told": lambda read, _: f"told {read('under')}",
        },
    )


DEEP = Suite(
    "a type below itself, a type whose ancestors differ, a context of the root",
    supergraph(
        "WOOD LIST",
        """
        type Query @join__type(graph: WOOD) @join__type(graph: LIST) @context(name: "wood__all") {
          root: Branch @join__field(graph: WOOD)
          places: [Place!]! @join__field(graph: WOOD)
          owner: Owner @join__field(graph: LIST) @join__field(graph: WOOD, external: true)
        }
        type Owner @join__type(graph: WOOD) @join__type(graph: LIST) {
          name: String @join__field(graph: LIST) @join__field(graph: WOOD, external: true)
        }
        interface Place @join__type(graph: WOOD) { id: ID! }
        type Nest implements Place @join__type(graph: WOOD, key: "id") @join__implements(graph: WOOD, interface: "Place") {
          id: ID!  name: String  within: Branch
        }
        type Branch implements Place @join__type(graph: WOOD, key: "id") @join__type(graph: LIST, key: "id")
          @join__implements(graph: WOOD, interface: "Place") @context(name: "wood__branch") {
          id: ID!
          name: String @join__field(graph: WOOD)
          below: [Branch!] @join__field(graph: WOOD)
          mate: Branch @join__field(graph: LIST)
          under: String @join__field(graph: LIST, external: true) @join__field(graph: WOOD, contextArguments: [
            {context: "wood__branch", name: "above", type: "String", selection: " { name }"}
          ])
          of: String @join__field(graph: WOOD, contextArguments: [
            {context: "wood__all", name: "owner", type: "String", selection: " { owner { name } }"}
          ])
          told: String @join__field(graph: LIST, requires: "under")
        }
        """,
    ),
    trees,
    [
        Case(
            "{ root { below { under below { under } } } }",
            {
                "root": {
                    "below": [
                        {"under": "twig under None", "below": [{"under": "leaf under twig"}]},
                        {"under": "leaf under None", "below": []},
                    ]
                }
            },
            asked=["wood", "wood"],
        ),
        Case(
            "{ root { mate { name under told mate { under told } } } }",
            {
                "root": {
                    "mate": {
                        "name": "twig",
                        "under": "twig under None",
                        "told": "told twig under None",
                        "mate": {"under": "leaf under twig", "told": "told leaf under twig"},
                    }
                }
            },
        ),
        Case("{ root { of } }", {"root": {"of": "Ada"}}, asked=["list", "wood", "wood"]),
        Case(
            "{ root { of } owner: places { id } }",
            {"root": {"of": "Ada"}, "owner": [{"id": "nest"}, {"id": "twig"}]},
        ),
        Case("{ root { of } owner { name } }", {"root": {"of": "Ada"}, "owner": {"name": "Ada"}}),
        Case(
            "{ places { ... on Nest { within { of below { under } } } ... on Branch { below { under of } } } }",
            {
                "places": [
                    {
                        "within": {
                            "of": "Ada",
                            "below": [{"under": "twig under None"}, {"under": "leaf under None"}],
                        }
                    },
                    {"below": [{"under": "leaf under twig", "of": "Ada"}]},
                ]
            },
            asked=["list", "wood", "wood"],
        ),
        Case("{ root { under } }", None, code="OPERATION_NOT_PLANNED"),
    ],
)


def ships() -> World:
    crate: Record = {"__typename": "Crate", "id": "c"}
    calm: Record = {"__typename": "Ship", "id": "calm", "flag": "FR", "crate": crate, "draught": 4}
    lost: Record = {"__typename": "Ship", "id": "lost", "flag": "XX", "crate": crate, "draught": None}
    bare: Record = {"__typename": "Ship", "id": "bare", "flag": None, "crate": crate, "draught": 6}

    def port(read: Read, _: Mapping[str, Any]) -> Any:
        if read("flag") == "XX":
            raise GraphQLError("no such flag")
        return read("flag")

    def duty(_: Read, given: Mapping[str, Any]) -> str:
        if given.get("draught") == 6:
            raise GraphQLError("too deep")
        return f"duty {given}"

    return World(
        records={"Crate": [crate], "Ship": [calm, lost, bare]},
        roots={"ships": lambda _: [calm, lost, bare]},
        computed={
            "Ship.port": port,
            "Crate.stamp": lambda _, given: f"stamp {given['port']}",
            "Crate.duty": duty,
        },
    )


FAILURES = Suite(
    "values that are null or failed, and arguments that may not be null",
    supergraph(
        "SEA LAND",
        """
        type Query @join__type(graph: SEA) @join__type(graph: LAND) { ships: [Ship!]! @join__field(graph: SEA) }
        type Ship @join__type(graph: SEA, key: "id") @join__type(graph: LAND, key: "id") @context(name: "land__ship") {
          id: ID!
          flag: String @join__field(graph: SEA)
          crate: Crate @join__field(graph: SEA)
          draught: Int @join__field(graph: SEA) @join__field(graph: LAND, external: true)
          port: String @join__field(graph: SEA) @join__field(graph: LAND, external: true)
        }
        type Crate @join__type(graph: SEA, key: "id") @join__type(graph: LAND, key: "id") {
          id: ID!
          stamp: String @join__field(graph: LAND, contextArguments: [
            {context: "land__ship", name: "port", type: "String!", selection: " { port }"}
          ])
          duty: String @join__field(graph: LAND, contextArguments: [
            {context: "land__ship", name: "draught", type: "Int", selection: " { draught }"}
          ])
        }
        """,
    ),
    ships,
    [
        Case(
            "{ ships { crate { stamp } } }",
            {
                "ships": [
                    {"crate": {"stamp": "stamp FR"}},
                    {"crate": {"stamp": None}},
                    {"crate": {"stamp": None}},
                ]
            },
            errors=[["ships", 1], ["ships"]],
            asked=["land", "sea"],
        ),
        Case(
            "{ ships { box: crate { toll: duty } } }",
            {
                "ships": [
                    {"box": {"toll": "duty {'draught': 4}"}},
                    {"box": {"toll": "duty {'draught': None}"}},
                    {"box": {"toll": None}},
                ]
            },
            errors=[["ships", 2, "box", "toll"]],
            asked=["land", "sea"],
        ),
    ],
)


def shops() -> World:
    till: Record = {"id": "t", "drawer": {"coins": 7}}
    ann: Record = {"__typename": "Client", "id": "ann", "rank": 1, "till": {**till, "__typename": "Till"}}
    bob: Record = {"__typename": "Client", "id": "bob", "rank": 2, "till": {**till, "__typename": "Till"}}

    def discount(_: Read, arguments: Mapping[str, Any]) -> int:
        return 10 * arguments["rank"] + arguments.get("more", 0)

    return World(
        records={"Client": [ann, bob], "Till": [till]},
        roots={"clients": lambda _: [ann, bob, ann]},
        computed={"Drawer.discount": discount, "Till.discount": discount, "Client.stars": discount},
    )


IN_PASSING = Suite(
    "what was known before a request is used in it, however deep",
    supergraph(
        "WHO SHOP",
        """
        type Query @join__type(graph: WHO) @join__type(graph: SHOP) @context(name: "shop__all") {
          clients: [Client!]! @join__field(graph: WHO)
        }
        type Client @join__type(graph: WHO, key: "id") @join__type(graph: SHOP, key: "id") @context(name: "shop__client") {
          id: ID!
          rank: Int @join__field(graph: WHO) @join__field(graph: SHOP, external: true)
          till: Till @join__field(graph: SHOP)
        }
        type Till @join__type(graph: SHOP, key: "id") {
          id: ID!
          drawer: Drawer
          discount(more: Int): Int @join__field(graph: SHOP, contextArguments: [
            {context: "shop__client", name: "rank", type: "Int!", selection: " { rank }"}
          ])
        }
        type Drawer @join__type(graph: SHOP, key: "coins") {
          coins: Int
          discount: Int @join__field(graph: SHOP, contextArguments: [
            {context: "shop__client", name: "rank", type: "Int!", selection: " { rank }"}
          ])
        }
        """,
    ),
    shops,
    [
        Case(
            "{ clients { till { discount(more: 1) drawer { discount coins } } } }",
            {
                "clients": [
                    {"till": {"discount": 10 * rank + 1, "drawer": {"discount": 10 * rank, "coins": 7}}}
                    for rank in (1, 2, 1)
                ]
            },
            asked=["shop", "who"],
        ),
    ],
)
