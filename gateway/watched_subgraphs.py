"""The same subgraphs, watched: every fetch is counted, and what fails is logged by the request's id."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog

from gateway.counts import Durations
from gateway.executor.failures import SubgraphFailure, is_foreseen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.counts import Metrics
    from gateway.executor.execute import Subgraphs

ANSWERED = "answered"
MOST_LOGGED = 10
"""Errors of one answer."""
LONGEST_LOGGED = 500
"""Characters of one."""

log = structlog.get_logger("gateway")


class WatchedSubgraphs:
    def __init__(
        self, subgraphs: Subgraphs, services: Mapping[str, str], metrics: Metrics, *, logs_hidden_errors: bool
    ) -> None:
        """`services` are the names of the graphs. The text of what is hidden from clients may hold personal
        data: it is logged where `logs_hidden_errors`.
        """
        self._subgraphs = subgraphs
        self._services = services
        self._logs_hidden_errors = logs_hidden_errors
        self._fetches = metrics.fetches
        self._seconds = {
            graph: metrics.fetch_seconds.setdefault(service, Durations())
            for graph, service in services.items()
        }

    async def post(self, graph: str, body: bytes, headers: Mapping[str, str], **how: Any) -> Any:
        started = time.perf_counter()
        service = self._services[graph]
        outcome = "abandoned"
        try:
            answer = await self._subgraphs.post(graph, body, headers, **how)
            outcome = ANSWERED
        except SubgraphFailure as failure:
            outcome = failure.code
            request_id = headers["x-request-id"]
            log.warning("fetch-failed", request_id=request_id, service=service, code=outcome, **failure.facts)
            raise
        finally:
            self._seconds[graph].note(time.perf_counter() - started)
            self._fetches[service, outcome] += 1
        self.look_at(graph, answer, headers)
        return answer

    def look_at(self, graph: str, answer: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Logs what was not foreseen; of all else the client is told."""
        errors = answer.get("errors")
        if not errors or not isinstance(errors, list):
            return
        hidden = [error for error in errors if not is_foreseen(error)]
        if not hidden:
            return
        service, request_id = self._services[graph], headers["x-request-id"]
        texts: dict[str, Any] = {}
        if self._logs_hidden_errors:
            texts["texts"] = [_text(error)[:LONGEST_LOGGED] for error in hidden[:MOST_LOGGED]]
        log.warning("errors-hidden", request_id=request_id, service=service, count=len(hidden), **texts)


def _text(error: Any) -> str:
    return str(error.get("message")) if isinstance(error, dict) else type(error).__name__
