"""Requests to subgraphs: kept-alive connections, a time limit and a size limit on each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import orjson

from gateway.executor.failures import SubgraphFailure
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

    def __init__(self, supergraph: Supergraph, limits: SubgraphLimits, *, key: str | None = None) -> None:
        """`key` is the secret by which the subgraphs know their gateway."""
        self._subgraphs: Mapping[str, Subgraph] = supergraph.subgraphs
        self._limits = limits
        self._headers = {**_HEADERS, KEY_HEADER: key} if key else _HEADERS
        self._retries = {graph: Retries(limits.tries) for graph in supergraph.subgraphs}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, limit_per_host=self._limits.connections, keepalive_timeout=KEEP_ALIVE_SECONDS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(
        self, graph: str, body: bytes, headers: Mapping[str, str], *, deadline: float, may_retry: bool
    ) -> dict[str, Any]:
        """One GraphQL request; `may_retry` allows others after a connection that failed, and after a 503."""
        subgraph, retries = self._subgraphs[graph], self._retries[graph]
        retries.count_request()
        loop = asyncio.get_running_loop()
        until = min(deadline, loop.time() + self._limits.fetch_seconds)
        made = 0
        while True:
            made += 1
            status, content, retry_after = await self._try(subgraph, body, headers, until)
            if may_retry and status in (None, HTTP_UNAVAILABLE):
                left = until - loop.time()
                wait = retries.wait_before_next(made, left_seconds=left, retry_after=retry_after)
                if wait is not None:
                    await asyncio.sleep(wait)
                    continue
            if status is None:
                raise SubgraphFailure(
                    "SUBGRAPH_UNAVAILABLE", f"The service {subgraph.name} cannot be reached."
                )
            return _read_answer(subgraph, status, content)

    async def _try(
        self, subgraph: Subgraph, body: bytes, headers: Mapping[str, str], until: float
    ) -> tuple[int | None, bytes, str | None]:
        """Status, content and `Retry-After`; no status if the connection failed."""
        try:
            async with asyncio.timeout_at(until):
                return await self._send(subgraph, body, headers)
        except TimeoutError:
            raise SubgraphFailure(
                "SUBGRAPH_TIMEOUT", f"The service {subgraph.name} did not answer in time."
            ) from None
        except aiohttp.ClientError:
            return None, b"", None

    async def answers(self, graph: str, *, seconds: float) -> bool:
        """Whether the subgraph is there and serving; a refusal to answer strangers counts as serving."""
        try:
            async with asyncio.timeout(seconds):
                status, _, _ = await self._send(self._subgraphs[graph], b'{"query":"{__typename}"}', {})
        except (TimeoutError, aiohttp.ClientError, SubgraphFailure):
            return False
        return status < HTTP_SERVER_ERROR

    async def _send(
        self, subgraph: Subgraph, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes, str | None]:
        if self._session is None:
            raise RuntimeError("the connections to the subgraphs are not open")
        request = self._session.post(
            subgraph.url, data=body, headers={**self._headers, **headers}, allow_redirects=False
        )
        async with request as response:
            retry_after = response.headers.get("retry-after")
            length = response.content_length
            if length is None or length > self._limits.response_bytes:
                return response.status, await self._read_bounded(subgraph, response), retry_after
            return response.status, await response.read(), retry_after

    async def _read_bounded(self, subgraph: Subgraph, response: aiohttp.ClientResponse) -> bytes:
        parts: list[bytes] = []
        total = 0
        async for part in response.content.iter_any():
            total += len(part)
            if total > self._limits.response_bytes:
                response.close()
                raise SubgraphFailure(
                    "SUBGRAPH_RESPONSE_TOO_LARGE",
                    f"The service {subgraph.name} answered more than is accepted.",
                )
            parts.append(part)
        return b"".join(parts)


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
