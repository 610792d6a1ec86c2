"""Connections to subgraphs that close under a request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
import pytest

from gateway.executor.failures import SubgraphFailure
from gateway.subgraphs import HttpSubgraphs, SubgraphLimits
from gateway.supergraph import load_supergraph
from tests.gateway.conftest import SUPERGRAPHS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANSWER = b'{"data":{"me":null}}'


class HangingUp:
    """A server that reads a request and closes the connection, so many times, before it answers."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.requests = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-l")
        )
        await reader.readexactly(length)
        self.requests += 1
        if self.requests > self.times:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER))
            await writer.drain()
        writer.close()
        await writer.wait_closed()


async def _post(times: int, *, may_retry: bool) -> AsyncIterator[object]:
    hanging = HangingUp(times)
    server = await asyncio.start_server(hanging.serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        supergraph = load_supergraph(SUPERGRAPHS / "shop" / "supergraph.graphql")
        supergraph = supergraph.with_urls({"accounts": f"http://127.0.0.1:{port}/graphql"})
        async with HttpSubgraphs(supergraph, SubgraphLimits()) as subgraphs:
            deadline = asyncio.get_running_loop().time() + 5
            try:
                yield await subgraphs.post("ACCOUNTS", b"{}", {}, deadline=deadline, may_retry=may_retry)
            except SubgraphFailure as failure:
                yield failure.code
    yield hanging.requests


@pytest.mark.parametrize(
    ("times", "may_retry", "outcome", "requests"),
    [
        (0, True, orjson.loads(ANSWER), 1),
        (1, True, orjson.loads(ANSWER), 2),
        (2, True, orjson.loads(ANSWER), 3),
        (3, True, "SUBGRAPH_UNAVAILABLE", 3),
        (1, False, "SUBGRAPH_UNAVAILABLE", 1),
    ],
    ids=["answered", "a query is sent again", "and again", "no more", "a mutation is not"],
)
async def test_a_closed_connection_is_tried_again_for_queries(
    times: int, may_retry: bool, outcome: object, requests: int
) -> None:
    assert [told async for told in _post(times, may_retry=may_retry)] == [outcome, requests]
