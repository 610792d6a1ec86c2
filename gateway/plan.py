"""A plan: the fetches that answer an operation, what each waits for, and the whole as text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from graphql.language import parse, print_ast

from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.planner.steps import ContextValue, Needed, Output, Path

GROUP = "\0"
"""Where the text of a part has a group's number. No GraphQL text can have this character."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one request asks about the objects of one place."""

    path: Path
    """Where in the gathered data its answers go."""
    visible_names: int
    """How many names of the path a client asked for; what follows them are the planner's own fields."""
    needs: Mapping[str, Needed]
    """By concrete type, what a representation holds; empty for what is asked from the root."""
    typenames: Mapping[str, str]
    """By concrete type: the name that the graph knows it by, where another."""
    output: Output
    selection: str
    entities: str
    """What the request calls the entities of this part: `_entities`, or another name beside other parts."""
    representations: str
    """The name of the variable that holds the representations."""
    contexts: tuple[tuple[str, ContextValue], ...] = ()
    """What ancestors of the objects are to tell, each with the name of its variable."""

    @property
    def is_entity(self) -> bool:
        return bool(self.needs)

    @property
    def text(self) -> str:
        return self.selection.replace(GROUP, "") if self.contexts else self.selection

    def group(self, number: int) -> Part:
        """The same for objects whose ancestors tell something else: with other names in the request."""
        if not number:
            return self
        suffix = f"_{number}"
        return replace(
            self,
            entities=f"_e{suffix}" if self.entities == "_entities" else f"{self.entities}{suffix}",
            representations=f"{self.representations}{suffix}",
            selection=self.selection.replace(GROUP, suffix),
            contexts=tuple((f"{name}{suffix}", value) for name, value in self.contexts),
        )


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one graph."""

    number: int
    graph: str
    service: str
    """The graph's name, as people know it."""
    operation: str
    """`query` or `mutation`."""
    document: str
    """The request's text: the same for every run of the plan, unless ancestors tell several things."""
    variables: tuple[str, ...]
    """The client's variables that the text uses."""
    declared: tuple[str, ...]
    """Their definitions."""
    parts: tuple[Part, ...]
    parents: tuple[int, ...]
    """The numbers of the fetches it waits for."""


@dataclass(frozen=True, slots=True)
class Plan:
    fetches: tuple[Fetch, ...]
    labels: frozenset[str] = frozenset()
    """The labels of `@override` that it hangs on: with others active or not, the plan is the same."""

    @property
    def depth(self) -> int:
        """How many fetches must wait for each other."""
        waves: dict[int, int] = {}
        for fetch in self.fetches:
            waves[fetch.number] = 1 + max((waves[parent] for parent in fetch.parents), default=0)
        return max(waves.values(), default=0)


def write_document(operation: str, declared: Iterable[str], parts: Sequence[Part]) -> str:
    """The text of a request, compact."""
    told = list(declared)
    for part in parts:
        if part.is_entity:
            told.append(f"${part.representations}:[_Any!]!")
            told += [f"${name}:{value.type}" for name, value in part.contexts]
    head = operation + (f"({','.join(told)})" if told else "")
    if not parts[0].is_entity:
        return head + parts[0].text
    return f"{head}{{{' '.join(_write_entities(part) for part in parts)}}}"


def _write_entities(part: Part) -> str:
    label = "" if part.entities == "_entities" else f"{part.entities}:"
    return f"{label}_entities(representations:${part.representations}){part.text}"


def print_plan(plan: Plan) -> str:
    """The shape that federation routers print: `Sequence`, `Parallel`, `Flatten`, `Fetch`."""
    lines = ["QueryPlan {"]
    if plan.fetches:
        lines += _indented(_block(list(plan.fetches)))
    return "\n".join([*lines, "}"]) + "\n"


def _block(fetches: list[Fetch]) -> list[str]:
    """Fetches that have nothing to do with each other stand in parallel; else the first wave, then the
    rest.
    """
    parts = _unconnected(fetches)
    if len(parts) > 1:
        return _group("Parallel", [_block(part) for part in parts])
    here = {fetch.number for fetch in fetches}
    first = [fetch for fetch in fetches if not here.intersection(fetch.parents)]
    rest = [fetch for fetch in fetches if here.intersection(fetch.parents)]
    heads = [_print_fetch(fetch) for fetch in first]
    start = heads[0] if len(heads) == 1 else _group("Parallel", heads)
    if not rest:
        return start
    after = _block(rest)
    sequel = _members(after) if after[0] == "Sequence {" else [after]
    return _group("Sequence", [start, *sequel])


def _unconnected(fetches: list[Fetch]) -> list[list[Fetch]]:
    groups: list[set[int]] = []
    for fetch in fetches:
        touching = {fetch.number, *fetch.parents}
        joined = [group for group in groups if group & touching]
        groups = [group for group in groups if not group & touching]
        groups.append(touching.union(*joined))
    present = {fetch.number: fetch for fetch in fetches}
    parts = [[present[number] for number in sorted(group) if number in present] for group in groups]
    return sorted(parts, key=lambda part: part[0].number)


def _group(name: str, members: list[list[str]]) -> list[str]:
    return [f"{name} {{", *(line for member in members for line in _indented(member)), "}"]


def _members(group: list[str]) -> list[list[str]]:
    """The members of a printed group again, so that a sequence of a sequence prints as one."""
    members: list[list[str]] = []
    for line in group[1:-1]:
        inner = line[2:]
        if inner.startswith((" ", "}")):
            members[-1].append(inner)
        else:
            members.append([inner])
    return members


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _print_fetch(fetch: Fetch) -> list[str]:
    if len(fetch.parts) > 1:
        parts = [_flattened(part, _print_part(part)) for part in fetch.parts]
        return _group(f'BatchFetch(service: "{fetch.service}")', parts)
    (part,) = fetch.parts
    return _flattened(part, [f'Fetch(service: "{fetch.service}") {{', *_indented(_print_part(part)), "}"])


def _flattened(part: Part, lines: list[str]) -> list[str]:
    if not part.path:
        return lines
    return [f'Flatten(path: "{print_path(part.path)}") {{', *_indented(lines), "}"]


def _print_part(part: Part) -> list[str]:
    asked = print_ast(parse(part.text)).split("\n")
    if not part.is_entity:
        return asked
    needed = []
    distinct = {id(below): type_name for type_name, below in sorted(part.needs.items(), reverse=True)}
    for type_name in sorted(distinct.values()):
        sent = part.typenames.get(type_name, type_name)
        label = type_name if len(distinct) > 1 else sent
        below = _print_needed(part.needs[type_name], typename=True)
        needed += [f"... on {label} {{", *_indented(below), "}"]
    return ["{", *_indented(needed), "} =>", *asked]


def _print_needed(needed: Needed, *, typename: bool) -> list[str]:
    lines = [TYPENAME] if typename or needed.typename else []
    for name, (key, below) in needed.fields.items():
        label = name if key == name else f"{name}: {key}"
        if below is None:
            lines.append(label)
        else:
            lines += [f"{label} {{", *_indented(_print_needed(below, typename=False)), "}"]
    for type_name, part in sorted(needed.fragments.items()):
        lines += [f"... on {type_name} {{", *_indented(_print_needed(part, typename=False)), "}"]
    return lines


def print_path(path: Path) -> str:
    printed = ""
    for part in path:
        if isinstance(part, tuple):
            printed += f"|[{'|'.join(part)}]"
        else:
            printed += f".{part}" if printed else part
    return printed
