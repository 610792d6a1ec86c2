"""Requests to subgraphs: kept-alive connections, a time limit and a size limit on each."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import orjson

from gateway.executor.failures import SubgraphFailure
from gateway.http_client import ConnectionFailedError, Endpoint, ResponseTooLargeError, written
from gateway.retries import Retries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.supergraph import Subgraph, Supergraph

KEEP_ALIVE_SECONDS = 4
"""Less than the 5 s after which uvicorn closes an idle connection, so that a request seldom meets a
closing one.
"""

HTTP_OK = 200
HTTP_SERVER_ERROR = 500
HTTP_UNAVAILABLE = 503
NOT_SERVED = (404, 405, 410)

KEY_HEADER = "Essor-Gateway"
_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/graphql-response+json, application/json;q=0.9",
    "Accept-Encoding": "identity",  # what is not packed cannot unpack into more than is accepted
}


@dataclass(frozen=True, slots=True)
class SubgraphLimits:
    fetch_seconds: float = 10
    response_bytes: int = 32 * 1024 * 1024
    connections: int = 100
    tries: int = 3


class HttpSubgraphs:
    """The subgraphs of one supergraph over HTTP. Use it as an async context: it holds connections."""

    def __init__(
        self,
        supergraph: Supergraph,
        limits: SubgraphLimits,
        *,
        key: str | None = None,
        retries: Counter[str] | None = None,
    ) -> None:
        """`key` is the secret by which the subgraphs know their gateway; `retries` counts them by service."""
        self._made = Counter() if retries is None else retries
        self._subgraphs: Mapping[str, Subgraph] = supergraph.subgraphs
        self._limits = limits
        headers = {**_HEADERS, KEY_HEADER: key} if key else _HEADERS
        self._retries = {graph: Retries(limits.tries) for graph in supergraph.subgraphs}
        self._endpoints = {
            graph: Endpoint(
                subgraph.url,
                headers,
                connections=limits.connections,
                response_bytes=limits.response_bytes,
                keep_alive_seconds=KEEP_ALIVE_SECONDS,
            )
            for graph, subgraph in self._subgraphs.items()
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for endpoint in self._endpoints.values():
            endpoint.close()

    async def post(
        self, graph: str, body: bytes, headers: Mapping[str, str], *, deadline: float, may_retry: bool
    ) -> dict[str, Any]:
        """One GraphQL request; `may_retry` allows others after a connection that failed, and after a 503."""
        subgraph, retries = self._subgraphs[graph], self._retries[graph]
        retries.count_request()
        loop = asyncio.get_running_loop()
        until = min(deadline, loop.time() + self._limits.fetch_seconds)
        told = written(headers)
        made = 0
        while True:
            made += 1
            status, content, retry_after = await self._try(graph, body, told, until)
            if may_retry and status in (None, HTTP_UNAVAILABLE):
                left = until - loop.time()
                wait = retries.wait_before_next(made, left_seconds=left, retry_after=retry_after)
                if wait is not None:
                    self._made[subgraph.name] += 1
                    await asyncio.sleep(wait)
                    continue
            if status is None:
                raise SubgraphFailure(
                    "SUBGRAPH_UNAVAILABLE", f"The service {subgraph.name} cannot be reached."
                )
            return _read_answer(subgraph, status, content)

    async def _try(
        self, graph: str, body: bytes, headers: bytes, until: float
    ) -> tuple[int | None, bytes, str | None]:
        """Status, content and `Retry-After`; no status if the connection failed."""
        name = self._subgraphs[graph].name
        try:
            return await self._endpoints[graph].post(body, headers, until=until)
        except TimeoutError:
            raise SubgraphFailure("SUBGRAPH_TIMEOUT", f"The service {name} did not answer in time.") from None
        except ResponseTooLargeError:
            raise SubgraphFailure(
                "SUBGRAPH_RESPONSE_TOO_LARGE", f"The service {name} answered more than is accepted."
            ) from None
        except ConnectionFailedError:
            return None, b"", None

    async def answers(self, graph: str, *, seconds: float) -> bool:
        """Whether the subgraph is there and serving; a refusal to answer strangers counts as serving, and an
        address at which nothing is served does not.
        """
        until = asyncio.get_running_loop().time() + seconds
        try:
            status, _, _ = await self._endpoints[graph].post(b'{"query":"{__typename}"}', b"", until=until)
        except (TimeoutError, ConnectionFailedError, ResponseTooLargeError):
            return False
        return status < HTTP_SERVER_ERROR and status not in NOT_SERVED


def _read_answer(subgraph: Subgraph, status: int, content: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        answer = None
    if isinstance(answer, dict) and ("data" in answer or isinstance(answer.get("errors"), list)):
        return answer
    if status == HTTP_OK:
        raise SubgraphFailure(
            "SUBGRAPH_BAD_RESPONSE", f"The service {subgraph.name} did not answer in GraphQL."
        )
    code = "SUBGRAPH_UNAVAILABLE" if status >= HTTP_SERVER_ERROR else "SUBGRAPH_HTTP_ERROR"
    raise SubgraphFailure(code, f"The service {subgraph.name} refused the request.", status=status)
