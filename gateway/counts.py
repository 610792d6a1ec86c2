"""What the gateway counts: requests, fetches, documents and plans. Plain numbers, as every request counts."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class Durations:
    """How many lasted how long, in seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        bounds = [*map(str, BOUNDS), "+Inf"]
        return list(zip(bounds, map(float, accumulate(self.counts)), strict=True))


@dataclass(slots=True)
class DocumentCounts:
    known: int = 0
    new: int = 0
    planning: Durations = field(default_factory=Durations)


@dataclass(slots=True)
class Metrics:
    """They outlive a supergraph: a reload starts none of them again."""

    requests: Counter[str] = field(default_factory=Counter)
    """By what became of them: `data`, `partial`, `refused`."""
    request_seconds: Durations = field(default_factory=Durations)
    fetches: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By service, and `answered` or the code of the failure."""
    retries: Counter[str] = field(default_factory=Counter)
    """Of fetches, by service."""
    fetch_seconds: dict[str, Durations] = field(default_factory=dict)
    documents: DocumentCounts = field(default_factory=DocumentCounts)
    reloads: Counter[str] = field(default_factory=Counter)
    """`taken` or `refused`."""
    streams_open: int = 0
    events_told: Counter[str] = field(default_factory=Counter)
    """Of subscriptions, by service."""
