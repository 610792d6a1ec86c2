"""`@provides`: what a graph may give of objects that are not its own, on one path only."""

from __future__ import annotations

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite


def library() -> World:
    writers: list[Record] = [{"__typename": "Writer", "id": "w1", "name": "Woolf", "born": 1882}]
    volumes: list[Record] = [
        {"__typename": "Novel", "id": "n1", "title": "Orlando", "pages": 300, "writer": writers[0]},
        {"__typename": "Score", "id": "s1", "title": "Fugue", "key": "g", "writer": None},
    ]
    return World(
        records={"Writer": writers, "Novel": volumes[:1], "Score": volumes[1:]},
        roots={"found": lambda _: volumes, "newest": lambda _: volumes[0], "writers": lambda _: writers},
    )


UNION = Suite(
    "what one member of a union is provided with",
    supergraph(
        "DESK INDEX STOCK",
        """
        type Query @join__type(graph: DESK) @join__type(graph: INDEX) @join__type(graph: STOCK) {
          found: [Found] @join__field(graph: DESK)
            @join__field(graph: INDEX, provides: "... on Novel { title }")
        }
        union Found @join__type(graph: DESK) @join__type(graph: INDEX)
          @join__unionMember(graph: DESK, member: "Novel") @join__unionMember(graph: DESK, member: "Score")
          @join__unionMember(graph: INDEX, member: "Novel") @join__unionMember(graph: INDEX, member: "Score")
          = Novel | Score
        type Novel @join__type(graph: DESK, key: "id") @join__type(graph: INDEX, key: "id")
          @join__type(graph: STOCK, key: "id") {
          id: ID!
          title: String @join__field(graph: INDEX, external: true) @join__field(graph: STOCK)
          pages: Int @join__field(graph: STOCK)
        }
        type Score @join__type(graph: DESK, key: "id") @join__type(graph: INDEX, key: "id")
          @join__type(graph: STOCK, key: "id") {
          id: ID!
          title: String @join__field(graph: STOCK)
        }
        """,
    ),
    library,
    [
        Case("{ found { ... on Novel { title } } }", {"found": [{"title": "Orlando"}, {}]}, asked=["index"]),
        Case(
            "{ found { ... on Novel { title } ... on Score { title } } }",
            {"found": [{"title": "Orlando"}, {"title": "Fugue"}]},
            asked=["index", "stock"],
        ),
        Case(
            "{ found { ... on Novel { title pages } } }",
            {"found": [{"title": "Orlando", "pages": 300}, {}]},
            asked=["index", "stock"],
        ),
    ],
)

PATHS = Suite(
    "what is provided on one path is not on another",
    supergraph(
        "NEWS PEOPLE",
        """
        type Query @join__type(graph: NEWS) @join__type(graph: PEOPLE) {
          newest: Novel @join__field(graph: NEWS, provides: "writer { name }")
          writers: [Writer!] @join__field(graph: NEWS)
        }
        type Novel @join__type(graph: NEWS, key: "id") @join__type(graph: PEOPLE, key: "id") {
          id: ID!
          writer: Writer @join__field(graph: NEWS, external: true) @join__field(graph: PEOPLE)
        }
        type Writer @join__type(graph: NEWS, key: "id") @join__type(graph: PEOPLE, key: "id") {
          id: ID!
          name: String @join__field(graph: NEWS, external: true) @join__field(graph: PEOPLE)
          born: Int @join__field(graph: PEOPLE)
        }
        """,
    ),
    library,
    [
        Case("{ newest { writer { name } } }", {"newest": {"writer": {"name": "Woolf"}}}, asked=["news"]),
        Case("{ writers { name } }", {"writers": [{"name": "Woolf"}]}, asked=["news", "people"]),
        Case(
            "{ newest { writer { name born } } }",
            {"newest": {"writer": {"name": "Woolf", "born": 1882}}},
            asked=["news", "people"],
        ),
    ],
)
