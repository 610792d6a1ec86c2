"""What a request calls its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.planner.steps import Asked, Output


def settle_aliases(outputs: list[Output]) -> None:
    """Give every field its name in the request.

    Objects of different types may stand under one response key, and a graph refuses the request when the
    same key has two shapes there (`Int` for one type, `Int!` for another): the second gets its own name.
    """
    everything: list[Output] = []
    stack = list(outputs)
    while stack:
        output = stack.pop()
        everything.append(output)
        stack.extend(output.fragments.values())
    taken = {key for output in everything for key in output.fields}
    shapes: dict[tuple[str, str], list[Asked]] = {}
    for output in everything:
        for key, asked in output.fields.items():
            shapes.setdefault((key, asked.shape), []).append(asked)
    first: dict[str, str] = {}
    for (key, shape), fields in sorted(shapes.items()):
        alias = key
        if first.setdefault(key, shape) != shape:
            number = 1
            while f"{key}__{number}" in taken:
                number += 1
            alias = f"{key}__{number}"
            taken.add(alias)
        for asked in fields:
            asked.alias = alias
        settle_aliases([asked.below for asked in fields if asked.below is not None])
