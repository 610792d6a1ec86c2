"""What was counted, told in Prometheus' text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.core import Metric

    from gateway.counts import Durations, Metrics


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
            "fetches", "Fetches from subgraphs, however often tried.", ["service", "outcome"], counted.fetches
        )
        yield _counter("retries", "Fetches sent again, once for each time.", ["service"], counted.retries)
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
