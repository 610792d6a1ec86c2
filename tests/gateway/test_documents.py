"""Documents are limited before any work is done for them, and worked on once."""

from __future__ import annotations

import time
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from gateway.documents import PLANS_PER_DOCUMENT, DocumentLimits, Documents, Kept, RequestRefusedError
from gateway.planner import Planner
from gateway.supergraph import load_supergraph
from tests.gateway.conftest import SUPERGRAPHS

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def make_documents() -> Callable[..., Documents]:
    supergraph = load_supergraph(SUPERGRAPHS / "shop" / "supergraph.graphql")

    def make(**limits: Any) -> Documents:
        return Documents(supergraph, Planner(supergraph, max_fields=500), DocumentLimits(**limits))

    return make


def _nested(depth: int) -> str:
    return "{ me " + "{ manager " * depth + "{ id }" + " }" * depth + " }"


def _unfolding(levels: int) -> str:
    """Fragments that double at each level: a few lines that mean 2^levels fields."""
    both = "fragment F{} on User {{ a: manager {{ ...F{} }} b: manager {{ ...F{} }} }}"
    parts = [both.format(level, level + 1, level + 1) for level in range(levels)]
    return "\n".join(["{ me { ...F0 } }", *parts, f"fragment F{levels} on User {{ id }}"])


HOSTILE = {
    "too deep": (_nested(30), "TOO_DEEP"),
    "far too deep": (_nested(2000), "GRAPHQL_PARSE_FAILED"),
    "deep in fragments": (_unfolding(25), "TOO_DEEP"),
    "unfolding": (_unfolding(15), "TOO_WIDE"),
    "many aliases": ("{ " + " ".join(f"a{n}: me {{ id }}" for n in range(200)) + " }", "TOO_MANY_ALIASES"),
    "many tokens": ("{ " + "me { id } " * 3000 + " }", "GRAPHQL_PARSE_FAILED"),
    "one fragment in a circle": ("{ me { ...A } } fragment A on User { ...A }", "GRAPHQL_VALIDATION_FAILED"),
    "fragments in a circle": (
        "{ me { ...A } } fragment A on User { manager { ...B } } fragment B on User { manager { ...A } }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "introspection in circles": (
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "subscription": ("subscription { me { id } }", "GRAPHQL_VALIDATION_FAILED"),
    "empty": ("   # nothing", "GRAPHQL_PARSE_FAILED"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_at_once(make_documents: Callable[..., Documents], name: str) -> None:
    text, code = HOSTILE[name]
    documents = make_documents()
    started = time.process_time()
    with pytest.raises(RequestRefusedError) as refusal:
        documents.program(documents.operation(text, None), {})
    assert refusal.value.code == code
    assert time.process_time() - started < 1


def test_a_document_is_planned_once(make_documents: Callable[..., Documents]) -> None:
    documents = make_documents()
    text = "query($shown: Boolean!) { me { id name @include(if: $shown) } }"
    first = documents.program(documents.operation(text, None), {"shown": True})
    assert documents.program(documents.operation(text, None), {"shown": True}) is first
    other = documents.program(documents.operation(text, None), {"shown": False})
    assert other is not first
    assert "name" in first.plan.fetches[0].document
    assert "name" not in other.plan.fetches[0].document


def test_introspection_can_be_forbidden(make_documents: Callable[..., Documents]) -> None:
    documents = make_documents(introspection=False)
    with pytest.raises(RequestRefusedError, match="GRAPHQL_VALIDATION_FAILED"):
        documents.operation("{ __schema { types { name } } }", None)
    assert documents.operation("{ __typename me { __typename } }", None)


def test_what_is_kept_is_bounded_in_number_and_weight() -> None:
    kept: Kept[int, str] = Kept(count=3, weight=10)
    for number in range(5):
        kept.put(number, str(number), 2)
        assert kept.get(0 if number < 3 else number) is not None
    assert [kept.get(number) for number in range(5)] == ["0", None, None, "3", "4"]
    kept.put(9, "heavy", 9)
    assert [kept.get(number) for number in (0, 3, 4, 9)] == [None, None, None, "heavy"]
    kept.put(10, "heavier than all", 11)
    assert len(kept) == 0


def test_plans_are_bounded_whatever_their_conditions(make_documents: Callable[..., Documents]) -> None:
    """A document with conditions has a plan for each choice of them; all documents share one bound."""
    documents = make_documents(cached=10)
    names = [f"v{number}" for number in range(5)]
    choices = [dict(zip(names, values, strict=True)) for values in product([True, False], repeat=len(names))]
    variables = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: id @include(if: ${name})" for name in names)
    known = [
        documents.operation(f"query Q{number}({variables}) {{ me {{ name {fields} }} }}", None)
        for number in range(5)
    ]
    for each in known:
        for choice in choices:
            documents.program(each, choice)
    assert sum(len(each.programs) for each in known) == 10 * PLANS_PER_DOCUMENT
    last = documents.program(known[-1], choices[-1])
    assert documents.program(known[-1], choices[-1]) is last, "the latest are kept"
