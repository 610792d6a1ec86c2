"""The representations of a part, as one function written for it: its path in loops, its objects in displays.

As in `plain_projection.py`, whatever is not plain raises, and `representations.py` says what comes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.planner.steps import AT_LIST
from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.plan import Part
    from gateway.planner.steps import Needed

MOST_LOOPS = 16
"""Python nests no more than twenty."""

Found = tuple[list[Any], list[dict[str, Any]], list[list[dict[str, Any]]]]
"""The objects, what is sent, and for each of those sent the objects it stands for."""


def plain_representations(part: Part) -> Callable[[dict[str, Any]], Found] | None:
    """None for a part whose keys are more than leaves of the object itself."""
    if not part.needs or not all(needed.is_flat for needed in part.needs.values()):
        return None
    if sum(step == AT_LIST for step in part.path) > MOST_LOOPS:
        return None
    lines = [
        "def represent(data):",
        "    objects, sent, targets, known = [], [], [], {}",
    ]
    constants: dict[str, Any] = {}
    value, indent = "data", 1
    for number, step in enumerate(part.path):
        if isinstance(step, tuple):
            constants[f"K{number}"] = frozenset(step)
            lines.append("    " * indent + f"if {value}[{TYPENAME!r}] in K{number}:")
        else:
            taken = f"v{number}"
            line = f"for {taken} in {value}:" if step == AT_LIST else f"{taken} = {value}[{step!r}]"
            lines += ["    " * indent + line]
            value = taken
            indent += step == AT_LIST
            lines.append("    " * indent + f"if {value} is not None:")
        indent += 1
    lines += ["    " * indent + line for line in _object(part, value, constants)]
    lines.append("    return objects, sent, targets")
    # Names of the schema stand in it as literals only, made by repr.
    exec(compile("\n".join(lines), "<representations>", "exec"), constants)  # noqa: S102
    function: Callable[[dict[str, Any]], Found] = constants["represent"]
    return function


def _object(part: Part, value: str, constants: dict[str, Any]) -> list[str]:
    """Lines for one object: one branch for each way that types are represented."""
    kinds: dict[int, tuple[Needed, list[str]]] = {}
    for type_name, needed in part.needs.items():
        kinds.setdefault(id(needed), (needed, []))[1].append(type_name)
    lines = [f"objects.append({value})", f"kind = {value}.get({TYPENAME!r})"]
    if len(part.needs) == 1:
        ((needed, (type_name,)),) = kinds.values()
        lines.append(f"if not kind or kind == {type_name!r}:")
        sent_as = repr(part.typenames.get(type_name, type_name))
        return [*lines, *("    " + line for line in _sent(needed, value, sent_as, mark=""))]
    for number, (needed, type_names) in enumerate(kinds.values()):
        constants[f"T{number}"] = {name: part.typenames.get(name, name) for name in type_names}
        word = "elif" if number else "if"
        lines.append(f"{word} kind in T{number}:")
        lines += [
            "    " + line for line in _sent(needed, value, f"T{number}[kind]", mark=f"T{number}[kind], ")
        ]
    return lines


def _sent(needed: Needed, value: str, sent_as: str, *, mark: str) -> list[str]:
    """`mark` begins what tells representations apart, where type names differ."""
    taken = [f"k{number}" for number in range(len(needed.fields))]
    shown = [f"{name!r}: {key}" for name, key in zip(needed.fields, taken, strict=True)]
    keys = [key for key, _ in needed.fields.values()]
    known = taken[0] if len(taken) == 1 and not mark else f"({mark}{', '.join(taken)},)"
    return [
        *(f"{name} = {value}[{key!r}]" for name, key in zip(taken, keys, strict=True)),
        f"known_as = {known}",
        "place = known.get(known_as)",
        "if place is None:",
        "    known[known_as] = len(sent)",
        "    sent.append({" + ", ".join([f"{TYPENAME!r}: {sent_as}", *shown]) + "})",
        f"    targets.append([{value}])",
        "else:",
        f"    targets[place].append({value})",
    ]
