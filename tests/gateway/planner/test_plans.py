"""Plans as text. Each file in `plans/` has a supergraph, a document, and the plan that is expected of it.

To renew a plan that changed for good reasons, delete what follows `---` in its file and run the test: it
writes the new plan and fails once, so that the difference is read before it is committed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from graphql import parse, validate

from gateway.plan import Plan, print_plan
from gateway.planner import Planner
from gateway.supergraph import Supergraph, load_supergraph
from tests.gateway.conftest import SUPERGRAPHS

PLANS = Path(__file__).parent / "plans"
CUT = "---\n"


@cache
def supergraph(name: str) -> Supergraph:
    return load_supergraph(SUPERGRAPHS / name / "supergraph.graphql")


def plan(name: str, text: str) -> Plan:
    document = parse(text)
    assert validate(supergraph(name).api, document) == []
    return Planner(supergraph(name)).plan(document, document.definitions[0], {})  # type: ignore[arg-type]


@pytest.mark.parametrize("file", sorted(PLANS.glob("*.txt")), ids=lambda file: file.stem)
def test_the_plan_is_the_expected_one(file: Path) -> None:
    asked, _, expected = file.read_text().partition(CUT)
    heading, _, text = asked.partition("\n")
    made = print_plan(plan(heading.removeprefix("# supergraph: "), text))
    if not expected:
        file.write_text(asked + CUT + made)
        pytest.fail(f"wrote the plan into {file}: read it, and run again")
    assert made == expected


def test_a_plan_is_the_same_every_time() -> None:
    text = "{ items { title rating inStock reviews { author { name greeting bought { upc inStock } } } } }"
    assert len({print_plan(plan("shop", text)) for _ in range(5)}) == 1


def test_depth_counts_fetches_that_wait_for_each_other() -> None:
    assert plan("shop", "{ me { name } }").depth == 1
    assert plan("shop", "{ me { reviews { about { title } } } }").depth == 3
    assert plan("shop", "{ __typename }").depth == 0
