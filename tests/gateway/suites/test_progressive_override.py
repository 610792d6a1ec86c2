"""A field that moves for a share of the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gateway.conftest import federated
from tests.gateway.extraction import supergraph
from tests.gateway.suites.override_suites import posts
from tests.gateway.suites.test_suites import lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gateway.conftest import FederatedGraph

HALF = supergraph(
    "OLD NEW",
    """
    type Query @join__type(graph: OLD) @join__type(graph: NEW) {
      first: Post
        @join__field(graph: OLD, overrideLabel: "percent(50)")
        @join__field(graph: NEW, override: "old", overrideLabel: "percent(50)")
    }
    type Post @join__type(graph: OLD, key: "id") @join__type(graph: NEW, key: "id") { id: ID! }
    """,
)


async def asked_by(graph: FederatedGraph, request_id: str) -> list[str]:
    for server in graph.subgraphs.values():
        server.requests.clear()
    answer = await graph.client.post(
        "/graphql", json={"query": "{ first { id } }"}, headers={"X-Request-Id": request_id}
    )
    assert answer.json() == {"data": {"first": {"id": "1"}}}
    return [name for name, _ in graph.requests]


async def test_a_share_of_the_requests_goes_to_the_new_graph_always_the_same_ones(tmp_path: Path) -> None:
    async with federated(lay_out(tmp_path, HALF), posts()) as graph:
        ids = [f"request-{number}" for number in range(40)]
        served = [await asked_by(graph, each) for each in ids]
        assert all(names in (["old"], ["new"]) for names in served), "one request, to one of the two"
        assert 8 < served.count(["new"]) < 32
        assert served == [await asked_by(graph, each) for each in ids]
