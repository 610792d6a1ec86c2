"""What is asked of one object, normalised: the form that operations, keys, `requires` and `provides` share.

A selection set belongs to one type. Fields asked of the type itself stand in `fields`; where the type is an
interface or a union, what is asked of one concrete type only stands in `fragments`, by the name of that type.
Fragments, directives and repeated fields are gone by then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql.language import print_ast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphql.language import ArgumentNode

TYPENAME = "__typename"

Identity = tuple[str, str]
"""Name and printed arguments: two fields of one object with the same identity have the same value."""


@dataclass(eq=False, slots=True)
class Field:
    """One field asked of one object; compared by identity, so that it can be an item of a search."""

    name: str
    arguments: tuple[ArgumentNode, ...]
    printed_arguments: str
    type_name: str
    list_depth: int
    selections: SelectionSet | None
    key: str | None = None
    """Where the value stands in the gathered data; None for a key or a requirement, which finds its own
    place.
    """
    response_key: str | None = None
    """What the client calls it; None where no client asked."""
    is_part: bool = False
    """Whether other graphs are asked for the same field too, each for a part of what stands below it."""

    @property
    def identity(self) -> Identity:
        return (self.name, self.printed_arguments)

    @property
    def slot(self) -> str:
        return self.key or f"{self.name}{self.printed_arguments}"

    def part(self, selections: SelectionSet) -> Field:
        fresh = self.with_selections(selections)
        fresh.is_part = True
        return fresh

    def with_selections(self, selections: SelectionSet | None) -> Field:
        return Field(
            name=self.name,
            arguments=self.arguments,
            printed_arguments=self.printed_arguments,
            type_name=self.type_name,
            list_depth=self.list_depth,
            selections=selections,
            key=self.key,
            response_key=self.response_key,
            is_part=self.is_part,
        )


@dataclass(eq=False, slots=True)
class SelectionSet:
    type_name: str
    fields: dict[str, Field] = field(default_factory=dict)
    fragments: dict[str, SelectionSet] = field(default_factory=dict)
    typename: bool = False
    """Whether the concrete type is asked for."""

    @property
    def is_empty(self) -> bool:
        return not self.fields and not self.fragments

    def fragment(self, type_name: str) -> SelectionSet:
        """The selections for one concrete type, made if there are none yet; the set itself if it is of
        that type.
        """
        if type_name == self.type_name:
            return self
        return self.fragments.setdefault(type_name, SelectionSet(type_name))

    def add(self, item: Field) -> None:
        """Ask for a field, with its selections joined to those already asked of the same field."""
        present = self.fields.get(item.slot)
        if present is None:
            self.fields[item.slot] = item
        elif item.selections is not None and present.selections is not None:
            self.fields[item.slot] = present.with_selections(merged([present.selections, item.selections]))

    def size(self) -> int:
        below = sum(1 + (item.selections.size() if item.selections else 0) for item in self.fields.values())
        return below + sum(part.size() for part in self.fragments.values())


def merged(parts: Iterable[SelectionSet]) -> SelectionSet:
    """One set that asks for all that the parts ask, leaving the parts as they are."""
    total: SelectionSet | None = None
    for part in parts:
        if total is None:
            total = SelectionSet(part.type_name)
        total.typename = total.typename or part.typename
        for item in part.fields.values():
            total.add(item)
        for type_name, fragment in part.fragments.items():
            present = total.fragments.get(type_name)
            total.fragments[type_name] = merged([present, fragment]) if present else fragment
    if total is None:
        raise ValueError("nothing to merge")
    return total


def without(selections: SelectionSet, removed: SelectionSet) -> SelectionSet:
    """The selections less those that `removed` names leaf by leaf; a composite left with nothing goes as
    well.
    """
    rest = SelectionSet(selections.type_name, typename=selections.typename)
    for slot, item in selections.fields.items():
        gone = removed.fields.get(slot)
        if gone is None:
            rest.fields[slot] = item
        elif item.selections is not None and gone.selections is not None:
            below = without(item.selections, gone.selections)
            if not below.is_empty:
                rest.fields[slot] = item.part(below)
    for type_name, fragment in selections.fragments.items():
        gone_fragment = removed.fragments.get(type_name)
        below = fragment if gone_fragment is None else without(fragment, gone_fragment)
        if not below.is_empty:
            rest.fragments[type_name] = below
    return rest


def print_arguments(arguments: Iterable[ArgumentNode]) -> str:
    """`(first: 3, after: $cursor)` in the order of names, or nothing: equal text means equal arguments."""
    printed = sorted(f"{argument.name.value}: {print_ast(argument.value)}" for argument in arguments)
    return f"({', '.join(printed)})" if printed else ""
