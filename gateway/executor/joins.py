"""Answers of several graphs about one object, put together in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.planner.steps import Output


def join(target: dict[str, Any], source: dict[str, Any]) -> None:
    """Add to an object what another graph says of it. A null never wipes a value; `source` is used up."""
    for key, value in source.items():
        present = target.get(key)
        if present is None:
            target[key] = value
        elif isinstance(present, dict):
            if isinstance(value, dict):
                join(present, value)
        elif isinstance(present, list):
            if isinstance(value, list):
                _join_lists(present, value)
        elif value is not None:
            target[key] = value


def _join_lists(present: list[Any], added: list[Any]) -> None:
    for index, value in enumerate(added[: len(present)]):
        mine = present[index]
        if mine is None:
            present[index] = value
        elif isinstance(mine, dict) and isinstance(value, dict):
            join(mine, value)
        elif isinstance(mine, list) and isinstance(value, list):
            _join_lists(mine, value)


def copied(value: Any) -> Any:
    """A copy that shares no object or list: each place is completed by its own later fetches."""
    if isinstance(value, dict):
        return {
            key: copied(inner) if isinstance(inner, (dict, list)) else inner for key, inner in value.items()
        }
    if isinstance(value, list):
        return [copied(inner) if isinstance(inner, (dict, list)) else inner for inner in value]
    return value


def has_renames(output: Output) -> bool:
    fields = output.fields.values()
    return any(
        asked.alias != asked.key or (asked.below is not None and has_renames(asked.below)) for asked in fields
    ) or any(has_renames(part) for part in output.fragments.values())


def rename(output: Output, value: Any) -> None:
    """Put values that a request had to call something else under the keys they belong to, in place."""
    if isinstance(value, list):
        for item in value:
            rename(output, item)
    elif isinstance(value, dict):
        for asked in output.fields.values():
            if asked.alias != asked.key and asked.alias in value:
                value[asked.key] = value.pop(asked.alias)
            if asked.below is not None:
                rename(asked.below, value.get(asked.key))
        for part in output.fragments.values():
            rename(part, value)
