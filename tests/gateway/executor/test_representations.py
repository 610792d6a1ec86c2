"""What a graph is told of objects: found by path, once each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.executor.plain_projection import NOT_PLAIN
from gateway.executor.plain_representations import plain_representations
from gateway.executor.representations import Representations, objects_at, paths_at, represent
from gateway.plan import Part
from gateway.planner.steps import Needed, Output

DATA: dict[str, Any] = {
    "a": [
        {"__typename": "Box", "id": "1", "in": {"id": "x"}},
        None,
        {"__typename": "Bag", "id": "2", "in": None},
        {"__typename": "Box", "id": "1", "in": {"id": "x"}},
    ],
    "grid": [[{"id": "3"}], None, [None, {"id": "4"}]],
    "nothing": None,
}


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ((), [()]),
        (("a", "@"), [("a", 0), ("a", 2), ("a", 3)]),
        (("a", "@", ("Box",)), [("a", 0), ("a", 3)]),
        (("a", "@", ("Bag", "Box"), "in"), [("a", 0, "in"), ("a", 3, "in")]),
        (("grid", "@", "@"), [("grid", 0, 0), ("grid", 2, 1)]),
        (("nothing", "id"), []),
        (("missing", "@"), []),
    ],
)
def test_paths_lead_to_objects_and_never_to_nulls(path: Any, places: list[Any]) -> None:
    assert paths_at(DATA, path) == places
    assert len(objects_at(DATA, path)) == len(places)


def part(needs: dict[str, Needed], typenames: dict[str, str] | None = None) -> Part:
    return Part(
        (), 0, needs, typenames or {}, Output("_Entity"), "{__typename}", "_entities", "representations"
    )


ID = Needed({"id": ("id", None)})


def test_equal_objects_are_sent_once_and_all_completed() -> None:
    found = represent(part({"Box": ID}), objects_at(DATA, ("a", "@")))
    assert found.sent == [{"__typename": "Box", "id": "1"}]
    assert [len(targets) for targets in found.targets] == [2]
    assert found.positions == [[0, 2]]


def test_each_concrete_type_has_its_own_needs() -> None:
    inner = Needed({"id": ("id", None), "in": ("in", Needed({"id": ("id", None)}))}, is_flat=False)
    found = represent(part({"Box": inner, "Bag": ID}, {"Bag": "Sack"}), objects_at(DATA, ("a", "@")))
    assert found.sent == [
        {"__typename": "Box", "id": "1", "in": {"id": "x"}},
        {"__typename": "Sack", "id": "2"},
    ]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ({"id": "1"}, [{"__typename": "Box", "id": "1"}]),
        ({"id": None}, [{"__typename": "Box", "id": None}]),
        ({}, []),
        ({"__typename": "Other", "id": "1"}, []),
        ({"id": ["odd", {"but": "told"}]}, [{"__typename": "Box", "id": ["odd", {"but": "told"}]}]),
    ],
)
def test_a_null_key_is_sent_and_a_missing_one_is_not(value: dict[str, Any], sent: list[Any]) -> None:
    assert represent(part({"Box": ID}), [value]).sent == sent


def test_a_key_stands_where_the_planner_put_it() -> None:
    aliased = Needed({"id": ("id_1", None)})
    assert represent(part({"Box": aliased}), [{"id": "name", "id_1": "7"}]).sent == [
        {"__typename": "Box", "id": "7"}
    ]


def test_concrete_types_below_an_abstract_field_are_told() -> None:
    below = Needed(
        {"id": ("id", None)}, {"Big": Needed({"size": ("size", None)})}, typename=True, is_flat=False
    )
    needed = Needed({"parts": ("parts", below)}, is_flat=False)
    value = {"parts": [{"__typename": "Big", "id": 1, "size": 2}, {"__typename": "Small", "id": 3}, None]}
    assert represent(part({"Box": needed}), [value]).sent == [{"__typename": "Box", **value}]
    for odd in (None, 1, ["Big"], {"a": 1}):
        told = {"parts": [{"__typename": odd, "id": 1}]}
        assert represent(part({"Box": needed}), [told]).sent == [{"__typename": "Box", **told}]
    value["parts"].append({"__typename": "Big", "id": 4})
    assert represent(part({"Box": needed}), [value]).sent == []


BOXES: dict[str, Any] = {
    "a": [
        {"__typename": "Box", "id": "1", "size": 1},
        None,
        {"__typename": "Bag", "id": "1", "size": 1},
        {"__typename": "Box", "id": "1", "size": 1},
        {"__typename": "Box", "id": "1", "size": 2},
        {"__typename": "Other", "id": "1"},
    ],
    "b": [[{"id": "3"}, None], None, [{"id": "3"}]],
    "c": {"d": {"id": None}},
    "none": None,
}
TWO = Needed({"id": ("id", None), "length": ("size", None)})


@pytest.mark.parametrize(
    ("path", "needs"),
    [
        (("a", "@"), {"Box": ID}),
        (("a", "@"), {"Box": TWO}),
        (("a", "@"), {"Box": ID, "Bag": ID}),
        (("a", "@"), {"Box": TWO, "Bag": ID}),
        (("a", "@", ("Bag", "Box")), {"Box": TWO, "Bag": TWO}),
        (("a", "@", ("Bag",)), {"Bag": TWO}),
        (("b", "@", "@"), {"Box": ID}),
        (("c", "d"), {"Box": ID}),
        (("none", "d", "@"), {"Box": ID}),
    ],
)
def test_the_written_function_finds_and_sends_the_same(path: Any, needs: dict[str, Needed]) -> None:
    asked = replace(part(needs, {"Bag": "Sack"}), path=path)
    written = plain_representations(asked)
    assert written is not None
    found, expected = Representations(*written(BOXES)), represent(asked, objects_at(BOXES, path))
    assert (found.sent, found.targets) == (expected.sent, expected.targets)
    assert found.positions == expected.positions
    assert [id(target) for targets in found.targets for target in targets] == [
        id(target) for targets in expected.targets for target in targets
    ]


@pytest.mark.parametrize("odd", [{}, {"id": []}, {"id": {}}, [], 1, "text", {"__typename": []}])
def test_the_written_function_leaves_what_is_odd_to_the_other(odd: Any) -> None:
    asked = replace(part({"Box": ID}), path=("a", "@"))
    written = plain_representations(asked)
    assert written is not None
    with pytest.raises(NOT_PLAIN):
        written({"a": [odd]})


def test_nothing_is_written_for_keys_with_objects_in_them() -> None:
    nested = Needed({"in": ("in", Needed({"id": ("id", None)}))}, is_flat=False)
    assert plain_representations(part({"Box": nested})) is None
