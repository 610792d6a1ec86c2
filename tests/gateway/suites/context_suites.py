"""`@context` and `@fromContext`: arguments whose value is what an ancestor of the object has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.gateway.subgraph_servers import Read


def fairs() -> World:
    jam: Record = {"__typename": "Goods", "id": "jam", "cents": 100}
    tea: Record = {"__typename": "Goods", "id": "tea", "cents": 50}
    red: Record = {"__typename": "Stall", "id": "red", "tax": 3, "goods": [jam, tea], "best": jam}
    blue: Record = {"__typename": "Stall", "id": "blue", "tax": 7, "goods": [jam, None], "best": None}
    free: Record = {"__typename": "Stall", "id": "free", "tax": None, "goods": [tea], "best": tea}
    fair: Record = {"__typename": "Fair", "id": "may", "tax": 20, "stalls": [red, blue], "gift": jam}

    def price(read: Read, arguments: Mapping[str, Any]) -> Any:
        if "tax" not in arguments:
            raise AssertionError("no tax was given")
        tax = arguments["tax"]
        return None if tax is None else (read("cents") + tax) * arguments.get("count", 1)

    return World(
        records={"Goods": [jam, tea], "Stall": [red, blue, free], "Fair": [fair]},
        roots={
            "fair": lambda _: fair,
            "stalls": lambda _: [red, blue, free],
            "best": lambda _: red,
            "buy": lambda _: blue,
        },
        computed={"Goods.price": price},
    )


NEAREST = Suite(
    "the nearest ancestor tells, in lists and below each other",
    supergraph(
        "TILL",
        """
        type Query @join__type(graph: TILL) { fair: Fair stalls: [Stall!]! best: Stall! }
        type Mutation @join__type(graph: TILL) { buy: Stall }
        type Fair @join__type(graph: TILL, key: "id") @context(name: "till__place") {
          id: ID!  tax: Int  stalls: [Stall!]!  gift: Goods
        }
        type Stall @join__type(graph: TILL, key: "id") @context(name: "till__place") {
          id: ID!  tax: Int  goods: [Goods]  best: Goods
        }
        type Goods @join__type(graph: TILL, key: "id") {
          id: ID!
          cents: Int
          price(count: Int): Int @join__field(graph: TILL, contextArguments: [
            {context: "till__place", name: "tax", type: "Int", selection: " { tax }"}
          ])
        }
        """,
        roots="query: Query mutation: Mutation",
    ),
    fairs,
    [
        Case("{ best { best { cents price } } }", {"best": {"best": {"cents": 100, "price": 103}}}),
        Case(
            "{ stalls { goods { id price } } }",
            {
                "stalls": [
                    {"goods": [{"id": "jam", "price": 103}, {"id": "tea", "price": 53}]},
                    {"goods": [{"id": "jam", "price": 107}, None]},
                    {"goods": [{"id": "tea", "price": None}]},
                ]
            },
            asked=["till", "till"],
        ),
        Case(
            "{ fair { gift { price } stalls { best { price } } } }",
            {"fair": {"gift": {"price": 120}, "stalls": [{"best": {"price": 103}}, {"best": None}]}},
            asked=["till", "till"],
        ),
        Case(
            """
            query ($tax: Int, $context_0: Int) {
              tax: stalls { id: best { tax: price(count: $tax) price: price(count: $context_0) } }
              best { ...held tax: id }
            }
            fragment held on Stall { some: best { ... on Goods { price(count: 10) } } }
            """,
            {
                "tax": [
                    {"id": {"tax": 206, "price": 309}},
                    {"id": None},
                    {"id": {"tax": None, "price": None}},
                ],
                "best": {"some": {"price": 1030}, "tax": "red"},
            },
            variables={"tax": 2, "context_0": 3},
            asked=["till", "till"],
        ),
        Case(
            "{ fair { stalls { best { id } } } }",
            {"fair": {"stalls": [{"best": {"id": "jam"}}, {"best": None}]}},
        ),
        Case("mutation { buy { goods { price } } }", {"buy": {"goods": [{"price": 107}, None]}}),
        Case(
            "mutation { one: buy { goods { price } } two: buy { id } }",
            {"one": {"goods": [{"price": 107}, None]}, "two": {"id": "blue"}},
            asked=["till", "till", "till"],
        ),
    ],
)


def banks() -> World:
    euro: Record = {"__typename": "Currency", "id": "e", "code": "EUR"}
    franc: Record = {"__typename": "Currency", "id": "f", "code": "CHF"}
    coffee: Record = {"__typename": "Purchase", "id": "coffee", "cents": 300, "fee": 5}
    bread: Record = {"__typename": "Purchase", "id": "bread", "cents": 200, "fee": None}
    ann: Record = {
        "__typename": "User",
        "id": "ann",
        "last": coffee,
        "currency": euro,
        "all": [coffee, bread],
    }
    bob: Record = {"__typename": "User", "id": "bob", "last": coffee, "currency": franc, "all": [bread]}
    eve: Record = {"__typename": "User", "id": "eve", "last": bread, "currency": None, "all": []}

    def in_currency(read: Read, arguments: Mapping[str, Any]) -> Any:
        return f"{read('cents')} {arguments['code']}"

    def with_fee(read: Read, arguments: Mapping[str, Any]) -> Any:
        return f"{arguments['code']} {read('fee')}"

    return World(
        records={"User": [ann, bob, eve], "Purchase": [coffee, bread], "Currency": [euro, franc]},
        roots={"users": lambda _: [ann, bob, eve]},
        computed={"Purchase.inCurrency": in_currency, "Purchase.withFee": with_fee},
    )


ELSEWHERE = Suite(
    "what the ancestor tells is another graph's, and the object needs more",
    supergraph(
        "BANK PEOPLE MINT",
        """
        type Query @join__type(graph: BANK) @join__type(graph: PEOPLE) @join__type(graph: MINT) {
          users: [User!]! @join__field(graph: PEOPLE)
        }
        type User @join__type(graph: BANK, key: "id") @join__type(graph: PEOPLE, key: "id")
          @context(name: "bank__user") {
          id: ID!
          last: Purchase @join__field(graph: BANK)
          all: [Purchase!]! @join__field(graph: PEOPLE)
          currency: Currency @join__field(graph: BANK, external: true) @join__field(graph: PEOPLE)
        }
        type Currency @join__type(graph: BANK, key: "id") @join__type(graph: PEOPLE, key: "id")
          @join__type(graph: MINT, key: "id") {
          id: ID!
          code: String @join__field(graph: BANK, external: true) @join__field(graph: MINT)
        }
        type Purchase @join__type(graph: BANK, key: "id") @join__type(graph: PEOPLE, key: "id")
          @join__type(graph: MINT, key: "id") {
          id: ID!
          cents: Int @join__field(graph: BANK)
          fee: Int @join__field(graph: BANK, external: true) @join__field(graph: MINT)
          inCurrency: String @join__field(graph: BANK, contextArguments: [
            {context: "bank__user", name: "code", type: "String", selection: "{ currency { code } }"}
          ])
          withFee: String @join__field(graph: BANK, requires: "fee", contextArguments: [
            {context: "bank__user", name: "code", type: "String", selection: "{ currency { code } }"}
          ])
        }
        """,
    ),
    banks,
    [
        Case(
            "{ users { last { inCurrency } } }",
            {
                "users": [
                    {"last": {"inCurrency": "300 EUR"}},
                    {"last": {"inCurrency": "300 CHF"}},
                    {"last": {"inCurrency": "200 None"}},
                ]
            },
            asked=["bank", "bank", "mint", "people"],
        ),
        Case(
            "{ users { all { withFee cents } } }",
            {
                "users": [
                    {"all": [{"withFee": "EUR 5", "cents": 300}, {"withFee": "EUR None", "cents": 200}]},
                    {"all": [{"withFee": "CHF None", "cents": 200}]},
                    {"all": []},
                ]
            },
            asked=["bank", "mint", "people"],
        ),
        Case(
            "{ users { currency: id code: currency { id code: id } last { id all: inCurrency } } }",
            {
                "users": [
                    {
                        "currency": "ann",
                        "code": {"id": "e", "code": "e"},
                        "last": {"id": "coffee", "all": "300 EUR"},
                    },
                    {
                        "currency": "bob",
                        "code": {"id": "f", "code": "f"},
                        "last": {"id": "coffee", "all": "300 CHF"},
                    },
                    {"currency": "eve", "code": None, "last": {"id": "bread", "all": "200 None"}},
                ]
            },
        ),
    ],
)


def homes() -> World:
    lamp: Record = {"__typename": "Lamp", "id": "lamp"}
    flat: Record = {
        "__typename": "Flat",
        "id": "flat",
        "colour": "RED",
        "lamp": lamp,
        "rooms": [{"size": 4}, {"size": 9}],
    }
    boat: Record = {"__typename": "Boat", "id": "boat", "paint": "BLUE", "lamp": lamp, "loads": [1, 2]}
    tent: Record = {"__typename": "Tent", "id": "tent", "lamp": lamp}

    def shown(_: Read, arguments: Mapping[str, Any]) -> str:
        return " ".join(f"{name}={arguments[name]}" for name in sorted(arguments))

    return World(
        records={"Lamp": [lamp], "Flat": [flat], "Boat": [boat], "Tent": [tent]},
        roots={"homes": lambda _: [flat, boat, tent], "dwellings": lambda _: [boat, flat, tent]},
        computed={"Lamp.light": shown, "Lamp.area": shown, "Lamp.mixed": shown},
    )


ABSTRACT = Suite(
    "interfaces and unions set a context, conditions choose what each type tells",
    supergraph(
        "HOME",
        """
        type Query @join__type(graph: HOME) { homes: [Home!]! dwellings: [Dwelling!]! }
        enum Colour @join__type(graph: HOME) { RED @join__enumValue(graph: HOME) BLUE @join__enumValue(graph: HOME) }
        scalar Any @join__type(graph: HOME)
        interface Home @join__type(graph: HOME) @context(name: "home__of") { id: ID! lamp: Lamp! }
        union Dwelling @join__type(graph: HOME) @join__unionMember(graph: HOME, member: "Boat")
          @join__unionMember(graph: HOME, member: "Flat") @join__unionMember(graph: HOME, member: "Tent")
          @context(name: "home__where") = Boat | Flat | Tent
        type Room @join__type(graph: HOME) { size: Int }
        type Flat implements Home @join__type(graph: HOME, key: "id") @join__implements(graph: HOME, interface: "Home")
          @context(name: "home__solid") { id: ID! lamp: Lamp! colour: Colour rooms: [Room!]! }
        type Boat implements Home @join__type(graph: HOME, key: "id") @join__implements(graph: HOME, interface: "Home")
          @context(name: "home__solid") { id: ID! lamp: Lamp! paint: Colour loads: [Any] }
        type Tent implements Home @join__type(graph: HOME, key: "id") @join__implements(graph: HOME, interface: "Home")
        { id: ID! lamp: Lamp! }
        type Lamp @join__type(graph: HOME, key: "id") {
          id: ID!
          light: String @join__field(graph: HOME, contextArguments: [
            {context: "home__of", name: "id", type: "ID!", selection: " { id }"},
            {context: "home__where", name: "colour", type: "Colour",
             selection: " ... on Flat { colour } ... on Boat { paint }"}
          ])
          area: String @join__field(graph: HOME, contextArguments: [
            {context: "home__of", name: "sizes", type: "[Int]", selection: " ... on Flat { rooms { size } }"},
            {context: "home__of", name: "loads", type: "[Any]", selection: " ... on Boat { loads }"}
          ])
        }
        """,
    ),
    homes,
    [
        Case(
            "{ homes { lamp { light } } }",
            {
                "homes": [
                    {"lamp": {"light": "colour=RED id=flat"}},
                    {"lamp": {"light": "colour=BLUE id=boat"}},
                    {"lamp": {"light": "colour=None id=tent"}},
                ]
            },
            asked=["home", "home"],
        ),
        Case(
            "{ dwellings { ... on Home { lamp { area } } ... on Boat { lamp { again: light } } } }",
            {
                "dwellings": [
                    {"lamp": {"area": "loads=[1, 2] sizes=None", "again": "colour=BLUE id=boat"}},
                    {"lamp": {"area": "loads=None sizes=[4, 9]"}},
                    {"lamp": {"area": "loads=None sizes=None"}},
                ]
            },
            asked=["home", "home"],
        ),
    ],
)
