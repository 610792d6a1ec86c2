"""What several graphs have together: roots, values without keys, and the order of mutations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite

if TYPE_CHECKING:
    from collections.abc import Mapping


def atlas() -> World:
    country: Record = {
        "__typename": "Country",
        "code": "FR",
        "area": {"land": 551, "sea": 11, "unit": "Mm2"},
        "people": {"count": 68, "unit": "M", "source": {"name": "INSEE", "year": 2024}},
    }
    return World(
        records={"Country": [country]},
        roots={"country": lambda _: country, "countries": lambda _: [country]},
    )


VALUES = Suite(
    "values without a key, of which each graph has a part",
    supergraph(
        "LAND SEA",
        """
        type Query @join__type(graph: LAND) @join__type(graph: SEA) {
          country: Country @join__field(graph: LAND) @join__field(graph: SEA)
          countries: [Country!] @join__field(graph: LAND) @join__field(graph: SEA)
        }
        type Country @join__type(graph: LAND) @join__type(graph: SEA) { code: ID! area: Area people: People }
        type Area @join__type(graph: LAND) @join__type(graph: SEA) {
          land: Int @join__field(graph: LAND)
          sea: Int @join__field(graph: SEA)
          unit: String
        }
        type People @join__type(graph: LAND) @join__type(graph: SEA) {
          count: Int @join__field(graph: SEA)
          unit: String
          source: Source
        }
        type Source @join__type(graph: LAND) @join__type(graph: SEA) {
          name: String @join__field(graph: LAND)
          year: Int @join__field(graph: SEA)
        }
        """,
    ),
    atlas,
    [
        Case(
            "{ country { code area { unit } } }",
            {"country": {"code": "FR", "area": {"unit": "Mm2"}}},
            asked=["land"],
        ),
        Case(
            "{ country { area { land sea unit } } }",
            {"country": {"area": {"land": 551, "sea": 11, "unit": "Mm2"}}},
            asked=["land", "sea"],
        ),
        Case(
            "{ country { people { source { name year } count } code } countries { area { sea land } } }",
            {
                "country": {"people": {"source": {"name": "INSEE", "year": 2024}, "count": 68}, "code": "FR"},
                "countries": [{"area": {"sea": 11, "land": 551}}],
            },
            asked=["land", "sea"],
        ),
        Case(
            "{ __typename country { __typename area { __typename } } }",
            {"__typename": "Query", "country": {"__typename": "Country", "area": {"__typename": "Area"}}},
            asked=["land"],
        ),
        Case("{ __typename }", {"__typename": "Query"}, asked=[]),
    ],
)


def till() -> World:
    log: list[str] = []
    account: Record = {
        "__typename": "Account",
        "id": "a",
        "log": lambda: ",".join(log),
        "seen": lambda: len(log),
    }

    def note(name: str, arguments: Mapping[str, Any]) -> Record:
        log.append(f"{name}{arguments['by']}")
        return account

    return World(
        records={"Account": [account]},
        roots={
            "account": lambda _: account,
            "add": lambda arguments: note("+", arguments),
            "times": lambda arguments: note("*", arguments),
            "reset": lambda _: log.clear() or True,
        },
    )


MUTATIONS = Suite(
    "mutations in the client's order, over graphs",
    supergraph(
        "PLUS TIMES",
        """
        type Query @join__type(graph: PLUS) @join__type(graph: TIMES) { account: Account @join__field(graph: PLUS) }
        type Mutation @join__type(graph: PLUS) @join__type(graph: TIMES) {
          add(by: Int!): Account @join__field(graph: PLUS)
          times(by: Int!): Account @join__field(graph: TIMES)
          reset: Boolean @join__field(graph: PLUS)
        }
        type Account @join__type(graph: PLUS, key: "id") @join__type(graph: TIMES, key: "id") {
          id: ID!
          log: String @join__field(graph: PLUS)
          seen: Int @join__field(graph: TIMES)
        }
        """,
        roots="query: Query mutation: Mutation",
    ),
    till,
    [
        Case(
            "mutation { one: add(by: 1) { log } two: add(by: 2) { log } }",
            {"one": {"log": "+1"}, "two": {"log": "+1,+2"}},
            asked=["plus"],
        ),
        Case(
            "mutation { reset a: add(by: 1) { id } b: times(by: 2) { id } c: add(by: 3) { log } }",
            {"reset": True, "a": {"id": "a"}, "b": {"id": "a"}, "c": {"log": "+1,*2,+3"}},
            asked=["plus", "plus", "times"],
        ),
        Case(
            "mutation { reset a: add(by: 5) { seen } b: add(by: 6) { seen } }",
            {"reset": True, "a": {"seen": 1}, "b": {"seen": 2}},
            asked=["plus", "plus", "times", "times"],
        ),
        Case(
            "mutation($by: Int!) { reset b: times(by: $by) { log seen } }",
            {"reset": True, "b": {"log": "*7", "seen": 1}},
            variables={"by": 7},
        ),
        Case("{ account { log seen } }", {"account": {"log": "*7", "seen": 1}}),
    ],
)
