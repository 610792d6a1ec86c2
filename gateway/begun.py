"""Subgraphs of an operation whose first fetch has been answered already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.executor.execute import Subgraphs


class Begun:
    """The first request is the plan's first: all others wait for what it brings."""

    def __init__(self, subgraphs: Subgraphs, first: dict[str, Any]) -> None:
        self._subgraphs = subgraphs
        self._first: dict[str, Any] | None = first

    async def post(
        self, graph: str, body: bytes, headers: Mapping[str, str], *, deadline: float, may_retry: bool
    ) -> dict[str, Any]:
        first, self._first = self._first, None
        if first is not None:
            return first
        return await self._subgraphs.post(graph, body, headers, deadline=deadline, may_retry=may_retry)
