"""Variables taken as they are equal what graphql-core makes of them; what it would change is left to it."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema, parse
from graphql.execution import get_variable_values

from gateway.plain_variables import plain_kinds, plain_values

SCHEMA = build_schema("type Query { a: Int b: ID } scalar Date enum Kind { ONE } input In { a: Int }")
VALUES: list[Any] = [
    *(0, -1, 2**31 - 1, -(2**31), 2**31, -(2**31) - 1, 1.0, 1.5, True, False),
    *("", "1", "text", "ONE", None, [], [1], {}, {"a": 1}),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize(
    "written",
    [
        "Int",
        "Int!",
        "String",
        "String!",
        "Boolean!",
        "ID!",
        "ID",
        "Int = 3",
        "Float",
        "Date",
        "Kind",
        "In",
        "[Int]",
    ],
)
def test_what_is_taken_is_what_the_specification_makes_of_it(written: str, value: Any) -> None:
    definition: Any = parse(f"query ($x: {written}) {{ a }}").definitions[0]
    definitions = definition.variable_definitions
    kinds = plain_kinds(definitions)
    taken = plain_values(kinds, {"x": value, "other": 1}) if kinds is not None else None
    if taken is None:
        return
    coerced: Any = get_variable_values(SCHEMA, definitions, {"x": value, "other": 1})
    assert repr(taken) == repr(coerced.coerced)


@pytest.mark.parametrize(
    ("written", "value"),
    [("Int!", 5), ("Int", 5), ("String!", "x"), ("ID!", "x"), ("Boolean!", False), ("Int = 3", 5)],
)
def test_ordinary_values_are_taken(written: str, value: Any) -> None:
    definition: Any = parse(f"query ($x: {written}) {{ a }}").definitions[0]
    kinds = plain_kinds(definition.variable_definitions)
    assert kinds is not None
    assert plain_values(kinds, {"x": value}) == {"x": value}
    assert plain_values(kinds, {}) is None, "left to what knows of defaults and of nulls"
