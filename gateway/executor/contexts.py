"""What ancestors tell of the objects that a fetch is about: those that are told the same go together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.executor.representations import written
from gateway.planner.steps import AT_LIST
from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from gateway.plan import Part
    from gateway.planner.steps import Needed, Path

MISSING = object()


@dataclass(slots=True)
class Group:
    """Objects whose ancestors tell the same."""

    values: list[Any]
    """One for each context of the part."""
    objects: list[dict[str, Any]] = field(default_factory=list)

    def lacks(self, part: Part) -> bool:
        """Whether an argument that may not be null would be."""
        told = zip(self.values, part.contexts, strict=True)
        return any(value is None and context.type.endswith("!") for value, (_, context) in told)


def grouped(part: Part, data: dict[str, Any]) -> tuple[list[dict[str, Any]], list[Group]]:
    """All objects of a part, and its groups. An object is in none if an ancestor lacks what it is to tell,
    because an earlier fetch failed.
    """
    contexts = [value for _, value in part.contexts]
    everything: list[dict[str, Any]] = []
    groups: dict[bytes, Group] = {}
    for target, ancestors in _with_ancestors(data, part.path, [context.depth for context in contexts]):
        everything.append(target)
        values = [
            _value(context.needed, ancestor) for context, ancestor in zip(contexts, ancestors, strict=True)
        ]
        if not any(value is MISSING for value in values):
            groups.setdefault(written(values), Group(values)).objects.append(target)
    return everything, list(groups.values())


def _with_ancestors(
    data: dict[str, Any], path: Path, depths: list[int]
) -> list[tuple[dict[str, Any], list[Any]]]:
    """The objects that a path leads to, in the order of `objects_at`, each with what is at these depths."""
    found: list[tuple[Any, tuple[Any, ...]]] = [(data, (data,))]
    for part in path:
        if isinstance(part, tuple):
            found = [(v, (*way, v)) for v, way in found if isinstance(v, dict) and v.get(TYPENAME) in part]
        elif part == AT_LIST:
            found = [(item, (*way, item)) for v, way in found if isinstance(v, list) for item in v]
        else:
            found = [(inner := v.get(part), (*way, inner)) for v, way in found if isinstance(v, dict)]
    return [(value, [way[depth] for depth in depths]) for value, way in found if isinstance(value, dict)]


def _value(needed: Needed, holder: Any) -> Any:
    """The one leaf that is needed of an object, or a list of it; null if nothing is selected for its type."""
    if holder is None:
        return None
    if isinstance(holder, list):
        items = [_value(needed, item) for item in holder]
        return MISSING if any(item is MISSING for item in items) else items
    if not isinstance(holder, dict):
        return MISSING
    for key, below in needed.fields.values():
        value = holder.get(key, MISSING)
        return value if below is None or value is MISSING else _value(below, value)
    type_name = holder.get(TYPENAME)
    part = needed.fragments.get(type_name) if isinstance(type_name, str) else None
    return None if part is None else _value(part, holder)
