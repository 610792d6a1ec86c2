"""The objects a fetch is about, and what the graph is told of each: found by path, sent once however often
they stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from gateway.planner.steps import AT_LIST
from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gateway.plan import Part
    from gateway.planner.steps import Needed, Path

DataPath = tuple[str | int, ...]

_MISSING = object()


@dataclass(slots=True)
class Representations:
    """Distinct representations, each with the objects its answer goes to."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    """All that the path found, those left out included."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    targets: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def positions(self) -> list[list[int]]:
        """For each representation, which of the objects it stands for; only errors need to know."""
        places = {id(found): place for place, found in enumerate(self.objects)}
        return [[places[id(target)] for target in targets] for targets in self.targets]

    def joined(self, other: Representations) -> Representations:
        """Those of two groups of the same objects."""
        return Representations(self.objects, [*self.sent, *other.sent], [*self.targets, *other.targets])


def objects_at(data: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    """The objects that a path leads to, in order; nulls on the way lead nowhere."""
    found: list[Any] = [data]
    for part in path:
        if isinstance(part, tuple):
            found = [value for value in found if isinstance(value, dict) and value.get(TYPENAME) in part]
        elif part == AT_LIST:
            found = [item for value in found if isinstance(value, list) for item in value]
        else:
            found = [value.get(part) for value in found if isinstance(value, dict)]
    return [value for value in found if isinstance(value, dict)]


def paths_at(data: dict[str, Any], path: Path) -> list[DataPath]:
    """Where `objects_at` finds each of its objects, in the same order; only errors need to know."""
    found: list[tuple[Any, DataPath]] = [(data, ())]
    for part in path:
        if isinstance(part, tuple):
            found = [(v, at) for v, at in found if isinstance(v, dict) and v.get(TYPENAME) in part]
        elif part == AT_LIST:
            found = [
                (item, (*at, index)) for v, at in found if isinstance(v, list) for index, item in enumerate(v)
            ]
        else:
            found = [(v.get(part), (*at, part)) for v, at in found if isinstance(v, dict)]
    return [at for value, at in found if isinstance(value, dict)]


def represent(part: Part, objects: list[dict[str, Any]]) -> Representations:
    """What to send of the objects. One that lacks a key, because an earlier fetch failed, is left out."""
    only = next(iter(part.needs)) if len(part.needs) == 1 else None
    known: dict[Hashable, int] = {}
    total = Representations(objects)
    for target in objects:
        type_name: Any = target.get(TYPENAME) or only
        if not isinstance(type_name, str) or type_name not in part.needs:
            continue
        needed = part.needs[type_name]
        representation = _represent(needed, target, {TYPENAME: part.typenames.get(type_name, type_name)})
        if representation is _MISSING:
            continue
        # Leaves tell two representations apart as they are, which is cheaper than their text.
        value = tuple(representation.values()) if needed.is_flat else written(representation)
        try:
            index = known.setdefault(value, len(total.sent))
        except TypeError:  # a graph answered with an object where its schema has a leaf
            index = known.setdefault(written(representation), len(total.sent))
        if index == len(total.sent):
            total.sent.append(representation)
            total.targets.append([target])
        else:
            total.targets[index].append(target)
    return total


def written(value: Any) -> bytes:
    """As JSON; raises `RecursionError` for what a graph nested too deeply, where its schema has a leaf."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise RecursionError from error


def _represent(needed: Needed, value: dict[str, Any], into: dict[str, Any]) -> Any:
    for name, (key, below) in needed.fields.items():
        inner = value.get(key, _MISSING)
        if inner is not None and below is not None:
            inner = _represent_below(below, inner)
        if inner is _MISSING:
            return _MISSING
        into[name] = inner
    if needed.fragments:
        type_name = value.get(TYPENAME)
        part = needed.fragments.get(type_name) if isinstance(type_name, str) else None
        if part is not None:
            return _represent(part, value, into)
    return into


def _represent_below(needed: Needed, value: Any) -> Any:
    if isinstance(value, list):
        items = [None if item is None else _represent_below(needed, item) for item in value]
        return _MISSING if any(item is _MISSING for item in items) else items
    if not isinstance(value, dict):
        return _MISSING
    return _represent(needed, value, {TYPENAME: value.get(TYPENAME)} if needed.typename else {})
