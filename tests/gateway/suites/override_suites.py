"""`@override`: fields that moved to another graph, at once or step by step."""

from __future__ import annotations

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World
from tests.gateway.suites.suite import Case, Suite


def posts() -> World:
    written: list[Record] = [
        {"__typename": "Post", "id": "1", "text": "one", "likes": 3, "slug": "s-1", "views": 30},
        {"__typename": "Post", "id": "2", "text": None, "likes": 0, "slug": "s-2", "views": 0},
    ]
    return World(
        records={"Post": written},
        roots={"posts": lambda _: written, "first": lambda _: written[0]},
        computed={"Post.score": lambda read, _: read("likes") * 10},
    )


BLOG = supergraph(
    "OLD NEW RANK",
    """
    type Query @join__type(graph: OLD) @join__type(graph: NEW) @join__type(graph: RANK) {
      posts: [Post!]! @join__field(graph: OLD, overrideLabel: "lists")
        @join__field(graph: NEW, override: "old", overrideLabel: "lists")
      first: Post @join__field(graph: OLD)
    }
    type Post @join__type(graph: OLD, key: "id") @join__type(graph: NEW, key: "id")
      @join__type(graph: RANK, key: "id") @join__type(graph: NEW, key: "slug") {
      id: ID!
      slug: ID @join__field(graph: OLD) @join__field(graph: NEW)
      text: String @join__field(graph: NEW, override: "old")
      likes: Int @join__field(graph: OLD, overrideLabel: "team:likes")
        @join__field(graph: NEW, override: "old", overrideLabel: "team:likes")
        @join__field(graph: RANK, external: true)
      views: Int @join__field(graph: OLD, usedOverridden: true) @join__field(graph: NEW, override: "gone")
      score: Int @join__field(graph: RANK, requires: "likes")
    }
    """,
)
LISTED = {"posts": [{"id": "1", "likes": 3}, {"id": "2", "likes": 0}]}

NO_LABEL = Suite(
    "overrides while no label is active",
    BLOG,
    posts,
    [
        Case("{ posts { id likes } }", LISTED, asked=["old"]),
        Case("{ first { text likes } }", {"first": {"text": "one", "likes": 3}}, asked=["new", "old"]),
        Case("{ first { views } }", {"first": {"views": 30}}, asked=["new", "old"]),
        Case("{ first { score } }", {"first": {"score": 30}}, asked=["old", "rank"]),
    ],
)

BOTH_LABELS = Suite(
    "overrides while their labels are active",
    BLOG,
    posts,
    [
        Case(
            "{ posts { id likes text } }",
            {"posts": [{"id": "1", "likes": 3, "text": "one"}, {"id": "2", "likes": 0, "text": None}]},
            asked=["new"],
        ),
        Case("{ first { likes } }", {"first": {"likes": 3}}, asked=["new", "old"]),
        Case("{ first { score } }", {"first": {"score": 30}}, asked=["new", "old", "rank"]),
    ],
    {"gateway_override_labels": "lists, team:likes,elsewhere"},
)

ONE_LABEL = Suite(
    "overrides while one label of two is active",
    BLOG,
    posts,
    [Case("{ posts { id likes } }", LISTED, asked=["new", "old"])],
    {"gateway_override_labels": "lists"},
)
