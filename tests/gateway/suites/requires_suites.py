"""`@requires`: fields that need fields of other graphs first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.gateway.subgraph_servers import Read


def parcels() -> World:
    rates = {"EUR": 2, "CHF": 3}
    lots: list[Record] = [
        {"__typename": "Lot", "id": "l1", "cents": 100, "grams": 3},
        {"__typename": "Lot", "id": "l2", "cents": 40, "grams": None},
    ]

    def price(read: Read, arguments: Mapping[str, Any]) -> Any:
        return read("cents") * rates[arguments["currency"]]

    def fee(read: Read, _: Mapping[str, Any]) -> Any:
        return None if read("grams") is None else read("price", currency="?") + read("grams")

    return World(
        records={"Lot": lots},
        roots={"lots": lambda _: lots},
        computed={"Lot.price": price, "Lot.feeEuro": fee, "Lot.feeFranc": fee},
    )


ARGUMENTS = Suite(
    "two requirements that ask one field with other arguments",
    supergraph(
        "SHOP POST",
        """
        type Query @join__type(graph: SHOP) @join__type(graph: POST) { lots: [Lot!]! @join__field(graph: SHOP) }
        type Lot @join__type(graph: SHOP, key: "id") @join__type(graph: POST, key: "id") {
          id: ID!
          cents: Int @join__field(graph: SHOP)
          price(currency: String!): Int @join__field(graph: SHOP) @join__field(graph: POST, external: true)
          grams: Int @join__field(graph: SHOP) @join__field(graph: POST, external: true)
          feeEuro: Int @join__field(graph: POST, requires: "price(currency: \\"EUR\\") grams")
          feeFranc: Int @join__field(graph: POST, requires: "price(currency: \\"CHF\\") grams")
        }
        """,
    ),
    parcels,
    [
        Case(
            "{ lots { feeEuro feeFranc } }",
            {"lots": [{"feeEuro": 203, "feeFranc": 303}, {"feeEuro": None, "feeFranc": None}]},
            asked=["post", "shop"],
        ),
        Case(
            '{ lots { price: cents cents: price(currency: "CHF") feeEuro } }',
            {
                "lots": [
                    {"price": 100, "cents": 300, "feeEuro": 203},
                    {"price": 40, "cents": 120, "feeEuro": None},
                ]
            },
        ),
        Case(
            "{ lots { again: feeFranc feeFranc } }",
            {"lots": [{"again": 303, "feeFranc": 303}, {"again": None, "feeFranc": None}]},
        ),
    ],
)


def ladder() -> World:
    steps: list[Record] = [
        {"__typename": "Step", "id": "1", "one": 1},
        {"__typename": "Step", "id": "2", "one": 5},
    ]
    return World(
        records={"Step": steps},
        roots={"steps": lambda _: steps},
        computed={
            "Step.two": lambda read, _: read("one") * 2,
            "Step.four": lambda read, _: read("two") * 2,
            "Step.eight": lambda read, _: read("four") * 2,
            "Step.local": lambda read, _: read("eight") + 1,
        },
    )


CLIMBING = Suite(
    "requirements upon requirements, down to the graph that asked",
    supergraph(
        "A B C",
        """
        type Query @join__type(graph: A) @join__type(graph: B) @join__type(graph: C) {
          steps: [Step!]! @join__field(graph: A)
        }
        type Step @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @join__type(graph: C, key: "id") {
          id: ID!
          one: Int! @join__field(graph: A) @join__field(graph: B, external: true)
          two: Int! @join__field(graph: B, requires: "one") @join__field(graph: C, external: true)
          four: Int! @join__field(graph: C, requires: "two") @join__field(graph: B, external: true)
          eight: Int! @join__field(graph: B, requires: "four") @join__field(graph: A, external: true)
          local: Int! @join__field(graph: A, requires: "eight")
        }
        """,
    ),
    ladder,
    [
        Case(
            "{ steps { local } }", {"steps": [{"local": 9}, {"local": 41}]}, asked=["a", "a", "b", "b", "c"]
        ),
        Case("{ steps { four one } }", {"steps": [{"four": 4, "one": 1}, {"four": 20, "one": 5}]}),
        Case(
            "{ steps { eight: one one: eight } }",
            {"steps": [{"eight": 1, "one": 8}, {"eight": 5, "one": 40}]},
        ),
    ],
)


def parades() -> World:
    animals: list[Record] = [
        {"__typename": "Horse", "id": "h", "name": "Bay", "hands": 16},
        {"__typename": "Band", "id": "b", "name": "Brass", "players": [{"part": "horn"}, {"part": "drum"}]},
    ]
    parade: Record = {"__typename": "Parade", "id": "p", "shown": animals, "lead": animals[1]}
    empty: Record = {"__typename": "Parade", "id": "q", "shown": [], "lead": None}

    def length(read: Read, _: Mapping[str, Any]) -> int:
        total = 0
        for each in read("shown"):
            known = {**each.record, **each.given}
            total += known["hands"] if known["__typename"] == "Horse" else 100 * len(known["players"])
        return total

    return World(
        records={"Parade": [parade, empty]},
        roots={"parades": lambda _: [parade, empty]},
        computed={
            "Parade.length": length,
            "Parade.title": lambda read, _: (lead := read("lead")) and {**lead.record, **lead.given}["name"],
        },
    )


ABSTRACT = Suite(
    "requirements on interfaces, with lists and fragments",
    supergraph(
        "TOWN GUIDE",
        """
        type Query @join__type(graph: TOWN) @join__type(graph: GUIDE) { parades: [Parade!]! @join__field(graph: TOWN) }
        type Parade @join__type(graph: TOWN, key: "id") @join__type(graph: GUIDE, key: "id") {
          id: ID!
          shown: [Shown!] @join__field(graph: TOWN) @join__field(graph: GUIDE, external: true)
          lead: Shown @join__field(graph: TOWN) @join__field(graph: GUIDE, external: true)
          length: Int @join__field(graph: GUIDE, requires: "shown { ... on Horse { hands } ... on Band { players { part } } }")
          title: String @join__field(graph: GUIDE, requires: "lead { name }")
        }
        interface Shown @join__type(graph: TOWN) @join__type(graph: GUIDE) { name: String }
        type Horse implements Shown @join__type(graph: TOWN) @join__type(graph: GUIDE)
          @join__implements(graph: TOWN, interface: "Shown") @join__implements(graph: GUIDE, interface: "Shown") {
          name: String @join__field(graph: TOWN) @join__field(graph: GUIDE, external: true)
          hands: Int @join__field(graph: TOWN) @join__field(graph: GUIDE, external: true)
        }
        type Band implements Shown @join__type(graph: TOWN) @join__type(graph: GUIDE)
          @join__implements(graph: TOWN, interface: "Shown") @join__implements(graph: GUIDE, interface: "Shown") {
          name: String @join__field(graph: TOWN) @join__field(graph: GUIDE, external: true)
          players: [Player!] @join__field(graph: TOWN) @join__field(graph: GUIDE, external: true)
        }
        type Player @join__type(graph: TOWN) @join__type(graph: GUIDE) {
          part: String @join__field(graph: TOWN) @join__field(graph: GUIDE, external: true)
        }
        """,
    ),
    parades,
    [
        Case(
            "{ parades { length title } }",
            {"parades": [{"length": 216, "title": "Brass"}, {"length": 0, "title": None}]},
            asked=["guide", "town"],
        ),
        Case(
            "{ parades { shown { name } length } }",
            {
                "parades": [
                    {"shown": [{"name": "Bay"}, {"name": "Brass"}], "length": 216},
                    {"shown": [], "length": 0},
                ]
            },
        ),
    ],
)
