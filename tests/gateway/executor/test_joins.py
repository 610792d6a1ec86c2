"""Answers about one object, put together."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.executor.joins import copied, has_renames, join, rename
from gateway.planner.aliases import settle_aliases
from gateway.planner.steps import Asked, Output


@pytest.mark.parametrize(
    ("target", "source", "expected"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 1}, {"a": None}, {"a": 1}),
        ({"a": None}, {"a": 1}, {"a": 1}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": {"b": 1}}, {"a": None}, {"a": {"b": 1}}),
        ({"a": [{"b": 1}, None]}, {"a": [{"c": 2}, {"c": 3}]}, {"a": [{"b": 1, "c": 2}, {"c": 3}]}),
        ({"a": [[{"b": 1}]]}, {"a": [[{"c": 2}]]}, {"a": [[{"b": 1, "c": 2}]]}),
        ({"a": [{"b": 1}]}, {"a": [{"c": 2}, {"c": 3}]}, {"a": [{"b": 1, "c": 2}]}),
        ({"a": []}, {"a": None}, {"a": []}),
    ],
)
def test_joining_keeps_what_is_known(
    target: dict[str, Any], source: dict[str, Any], expected: dict[str, Any]
) -> None:
    join(target, source)
    assert target == expected


def test_a_copy_shares_nothing() -> None:
    original = {"a": [{"b": {"c": 1}}], "d": 2}
    made = copied(original)
    assert made == original
    made["a"][0]["b"]["c"] = 9
    assert original["a"][0]["b"]["c"] == 1  # type: ignore[index]


def _asked(name: str, shape: str, below: Output | None = None) -> Asked:
    return Asked(name, (), name, name, shape, below)


def test_a_key_with_two_shapes_is_asked_under_two_names_and_put_back() -> None:
    inner = [Output("X", {"v": _asked("v", "Int")}), Output("Y", {"v": _asked("v", "String")})]
    output = Output(
        "I",
        fragments={
            "A": Output("A", {"size": _asked("size", "Int"), "same": _asked("same", "", inner[0])}),
            "B": Output("B", {"size": _asked("size", "Int!"), "same": _asked("same", "", inner[1])}),
        },
    )
    settle_aliases([output])
    aliases = [output.fragments[name].fields["size"].alias for name in ("A", "B")]
    assert aliases == ["size", "size__1"]
    assert [output.fragments[name].fields["same"].alias for name in ("A", "B")] == ["same", "same"]
    assert [each.fields["v"].alias for each in inner] == ["v", "v__1"]
    assert has_renames(output)
    answer = [{"size": 1, "same": {"v": 1}}, {"size__1": 2, "same": [{"v__1": "x"}]}, None]
    rename(output, answer)
    assert answer == [{"size": 1, "same": {"v": 1}}, {"size": 2, "same": [{"v": "x"}]}, None]


def test_equal_shapes_need_no_other_name() -> None:
    output = Output("I", fragments={name: Output(name, {"size": _asked("size", "Int")}) for name in "AB"})
    settle_aliases([output])
    assert not has_renames(output)
