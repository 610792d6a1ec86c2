"""Routes: what is fetched where. And the ways to get there that a search compares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.selections import Field, SelectionSet
    from gateway.supergraph import ContextArgument

NO_GRAPH = ""
"""Where an operation starts: every root field is a hop away."""


@dataclass(frozen=True, slots=True)
class Node:
    """An object of a type as one graph holds it, with what `@provides` adds on the path that led here."""

    graph: str
    type_name: str
    views: tuple[SelectionSet, ...] = ()
    local_type: str | None = None
    """The graph's own type of the field that led here, where it is not the supergraph's."""


@dataclass(slots=True)
class Route:
    """What is fetched where, for one selection set at one node."""

    node: Node
    fields: list[tuple[Field, Route | None]] = field(default_factory=list)
    fragments: dict[str, Route] = field(default_factory=dict)
    hops: list[Hop] = field(default_factory=list)
    contexts: dict[Field, tuple[Inherited, ...]] = field(default_factory=dict)
    """For the fields that have arguments from ancestors: where these come from."""


@dataclass(slots=True)
class Hop:
    target: Node
    needs: tuple[SelectionSet, ...]
    """Key, then requirement if any: what the target graph must be told of the object."""
    inputs: tuple[Route, ...]
    outputs: Route
    contexts: tuple[Inherited, ...] = ()


@dataclass(slots=True)
class Solution:
    """A route and what it costs."""

    route: Route
    missing: SelectionSet | None = None
    """What no way was found for; None if everything has one."""
    waves: int = 0
    """Fetches that must wait for each other."""
    fetches: frozenset[tuple[str, int]] = frozenset()
    """The requests that follow, as (graph, wave): all that one graph is asked in one wave is one request."""
    asked: int = 0
    """Fields asked in the fetch that we stand in."""
    moved: int = 0
    """Fields asked in the fetches that follow: of plans equal otherwise, the one with fewest is taken."""

    @property
    def cost(self) -> tuple[int, int, int]:
        return (self.waves, len(self.fetches), self.moved)

    def count(self, part: Solution) -> None:
        """Add what a part about the same object costs."""
        self.waves = max(self.waves, part.waves)
        self.fetches |= part.fetches
        self.asked += part.asked
        self.moved += part.moved

    def count_field(self, child: Solution | None, hop: PossibleHop | None = None) -> None:
        """Add what a field costs with all that stands below it, given here or once a hop has led there."""
        fields = 1 + (child.asked if child else 0)
        if hop is not None and hop.needs:
            self.moved += fields
        else:
            self.asked += fields
        if child is not None:
            after = hop.waves if hop else 0
            self.waves = max(self.waves, after + child.waves)
            self.fetches |= child.fetches_after(after)
            self.moved += child.moved

    def fetches_after(self, waves: int) -> frozenset[tuple[str, int]]:
        if not waves or not self.fetches:
            return self.fetches
        return frozenset((graph, wave + waves) for graph, wave in self.fetches)

    def seen_from_below(self, waves: int) -> Solution:
        """What it costs an object so many waves further on: what came before then need not be waited for."""
        return Solution(
            self.route,
            waves=max(0, self.waves - waves),
            fetches=self.fetches_after(-waves),
            moved=self.asked + self.moved,
        )


@dataclass(frozen=True, eq=False, slots=True)
class Inherited:
    """The value of an argument, as an ancestor has it."""

    argument: ContextArgument
    needs: SelectionSet
    solution: Solution
    """How the ancestor gets it; its route starts where the ancestor was first reached."""
    is_early: bool
    """Whether it is there before the request that brings the object, which can then use it."""


@dataclass(eq=False, slots=True)
class PossibleHop:
    """A hop that several fields of one object may share."""

    target: Node
    needs: tuple[SelectionSet, ...]
    inputs: tuple[Solution, ...]
    name: tuple[str, ...]
    contexts: tuple[Inherited, ...] = ()

    @property
    def awaited(self) -> tuple[Solution, ...]:
        return (*self.inputs, *(each.solution for each in self.contexts))

    @property
    def waves(self) -> int:
        return 1 + max((solution.waves for solution in self.awaited), default=0)


@dataclass(eq=False, slots=True)
class Option:
    """One way to give one field: here (`hop=None`) or a hop away."""

    hop: PossibleHop | None
    child: Solution | None
    contexts: tuple[Inherited, ...] = ()
    """What a field given here is told by ancestors."""

    @property
    def is_complete(self) -> bool:
        return self.child is None or self.child.missing is None

    @property
    def cost(self) -> tuple[int, int, int, tuple[str, ...]]:
        """As the cost of a solution; the hop's own fetch is not in it, since other fields may share it."""
        child, hop = self.child, self.hop
        moved = 1 + (child.asked if child else 0) if hop is not None and hop.needs else 0
        name = hop.name if hop else ()
        if child is None:
            return (hop.waves if hop else 0, 0, moved, name)
        waves = (hop.waves if hop else 0) + child.waves
        return (waves, len(child.fetches), moved + child.moved, name)


Placed = list[tuple["Field", list[Option]]]
"""Fields of one object, each with its ways."""
