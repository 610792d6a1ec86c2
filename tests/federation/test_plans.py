"""Our plans beside those of Hive Router's planner: how many requests, and how many that wait for each other.

`differences.txt` lists each operation for which ours needs more of either, with its reason; the reasons are
told in docs/decisions/gateway-beside-hive.md. A plan that becomes worse fails here; one that becomes better
fails until its line is gone.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.federation.corpus import corpus_of
from tests.federation.plans import ESSOR, Planned, plan_all, size_of
from tests.gateway.conftest import SUPERGRAPHS

pytestmark = pytest.mark.federation

DIFFERENCES = Path(__file__).parent / "differences.txt"
REASONS = {"lists", "order"}
SUPERGRAPH_NAMES = [ESSOR, *sorted(folder.name for folder in SUPERGRAPHS.iterdir() if folder.is_dir())]


def listed(name: str) -> dict[str, str]:
    """By what is told of each difference, its reason."""
    lines = [line for line in DIFFERENCES.read_text().splitlines() if line.startswith(f"{name}: ")]
    told = dict(line.rsplit(" because ", 1) for line in lines)
    assert set(told.values()) <= REASONS
    return told


def told(name: str, planned: Planned) -> str:
    assert planned.theirs is not None
    ours, theirs = (f"{size.requests}/{size.depth}" for size in (planned.ours, planned.theirs))
    return f"{name}: {planned.asked.name}: {ours} for {theirs}"


@pytest.mark.parametrize("name", SUPERGRAPH_NAMES)
def test_no_plan_is_worse_but_for_a_reason_that_is_listed(name: str, table: list[str]) -> None:
    planned = plan_all(name, corpus_of(name))
    compared = [each for each in planned if each.theirs is not None]
    worse = [each for each in compared if each.is_worse]
    table.append(line_of(name, planned))
    assert len(compared) > len(planned) * 3 // 4
    assert sorted(told(name, each) for each in worse) == sorted(listed(name))


def line_of(name: str, planned: list[Planned]) -> str:
    compared = [(each.ours, each.theirs) for each in planned if each.theirs is not None]
    worse = sum(each.is_worse for each in planned)
    better = sum(each.is_better for each in planned)
    requests = [sum(size.requests for size in sizes) for sizes in zip(*compared, strict=True)]
    depths = [sum(size.depth for size in sizes) for sizes in zip(*compared, strict=True)]
    return (
        f"{name:8} {len(planned):4} operations: {len(compared) - better - worse:4} alike, {better:3} better,"
        f" {worse:3} listed, {len(planned) - len(compared):3} not planned by Hive's;"
        f" requests {requests[0]} for {requests[1]}, depths {depths[0]} for {depths[1]}"
    )


def test_every_listed_difference_is_of_a_supergraph_that_is_compared() -> None:
    lines = DIFFERENCES.read_text().splitlines()
    assert {line.partition(": ")[0] for line in lines} <= set(SUPERGRAPH_NAMES)
    assert len(lines) == len(set(lines))


def test_the_size_of_a_plan_counts_requests_and_those_that_wait() -> None:
    fetch = {"kind": "Fetch"}
    entities = {"kind": "Flatten", "node": {"kind": "BatchFetch"}}
    plan = {"kind": "Sequence", "nodes": [fetch, {"kind": "Parallel", "nodes": [entities, fetch]}, entities]}
    assert (size_of(plan).requests, size_of(plan).depth) == (4, 3)
    assert (size_of(None).requests, size_of(None).depth) == (0, 0)
