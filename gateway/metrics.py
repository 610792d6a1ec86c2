"""What was counted, told in Prometheus' text; and fetches, which are counted here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from gateway.counts import Durations
from gateway.executor.failures import SubgraphFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.core import Metric

    from gateway.counts import Metrics
    from gateway.executor.execute import Subgraphs

ANSWERED = "answered"


def told(metrics: Metrics, gauges: Mapping[str, float]) -> bytes:
    """`gauges` are what is so at this moment, by name."""
    registry = CollectorRegistry()
    registry.register(_Told(metrics, gauges))
    return generate_latest(registry)


class _Told(Collector):
    def __init__(self, metrics: Metrics, gauges: Mapping[str, float]) -> None:
        self._metrics, self._gauges = metrics, gauges

    def collect(self) -> Iterator[Metric]:
        counted, documents = self._metrics, self._metrics.documents
        yield _counter(
            "requests", "GraphQL operations, by what became of them.", ["outcome"], counted.requests
        )
        yield _histogram("request_seconds", "From an operation to its answer.", {(): counted.request_seconds})
        yield _counter(
            "fetches", "Requests to subgraphs, retries among them.", ["service", "outcome"], counted.fetches
        )
        seconds: dict[tuple[str, ...], Durations] = {
            (service,): durations for service, durations in counted.fetch_seconds.items()
        }
        yield _histogram(
            "fetch_seconds", "From a fetch to its answer, retries included.", seconds, ["service"]
        )
        found = {"known": documents.known, "new": documents.new}
        yield _counter("documents", "Documents asked for: known ones, and others.", ["found"], found)
        yield _histogram("planning_seconds", "To plan an operation, once.", {(): documents.planning})
        yield _counter("events", "Events told in streams.", ["service"], counted.events_told)
        yield _counter("reloads", "New supergraphs.", ["outcome"], counted.reloads)
        for name, value in self._gauges.items():
            yield GaugeMetricFamily(f"essor_gateway_{name}", name.replace("_", " "), value)


class MeasuredSubgraphs:
    """The same subgraphs, with every fetch counted."""

    def __init__(self, subgraphs: Subgraphs, services: Mapping[str, str], metrics: Metrics) -> None:
        """`services` are the names of the graphs."""
        self._subgraphs = subgraphs
        self._services = services
        self._fetches = metrics.fetches
        self._seconds = {
            graph: metrics.fetch_seconds.setdefault(service, Durations())
            for graph, service in services.items()
        }

    async def post(self, graph: str, body: bytes, headers: Any, **how: Any) -> Any:
        started = time.perf_counter()
        outcome = "abandoned"
        try:
            answer = await self._subgraphs.post(graph, body, headers, **how)
            outcome = ANSWERED
        except SubgraphFailure as failure:
            outcome = failure.code
            raise
        finally:
            self._seconds[graph].note(time.perf_counter() - started)
            self._fetches[self._services[graph], outcome] += 1
        return answer


def _counter(name: str, what: str, labels: list[str], counts: Mapping[Any, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"essor_gateway_{name}", what, labels=labels)
    for key, count in counts.items():
        family.add_metric([key] if isinstance(key, str) else list(key), count)
    return family


def _histogram(
    name: str, what: str, of: Mapping[tuple[str, ...], Durations], labels: list[str] | None = None
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"essor_gateway_{name}", what, labels=labels or [])
    for key, durations in of.items():
        family.add_metric(list(key), durations.buckets(), durations.total)
    return family
