"""Where each field is fetched: the cheapest way through the graphs for a selection set.

For one object the question is which graphs to visit: each field can be given by the graph we are in, or by one
we can hop to with a key (and, for `@requires`, with more). What a hop needs is itself a selection on the same
object, found by the same search, so chains of keys need no rule of their own. Answers are kept by selection and
node: the cost of the search grows with the size of the document, not with the number of plans.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from gateway.selections import Field, SelectionSet, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.planner.normalize import FieldSets
    from gateway.supergraph import FieldFacts, Place, Supergraph

NO_GRAPH = ""
"""Where an operation starts: every root field is a hop away."""

MAX_COMPARED_HOPS = 6
"""Up to so many optional hops at one object, every combination is compared; beyond, fields choose one by one."""

Views = tuple[SelectionSet, ...]
Active = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Node:
    """An object of a type as one graph holds it, with what `@provides` adds on the path that led here."""

    graph: str
    type_name: str
    views: Views = ()
    local_type: str | None = None
    """The graph's own type of the field that led here, where it is not the supergraph's."""


@dataclass(slots=True)
class Route:
    """What is fetched where, for one selection set at one node."""

    node: Node
    fields: list[tuple[Field, Route | None]] = field(default_factory=list)
    fragments: dict[str, Route] = field(default_factory=dict)
    hops: list[Hop] = field(default_factory=list)


@dataclass(slots=True)
class Hop:
    target: Node
    needs: tuple[SelectionSet, ...]
    """Key, then requirement if any: what the target graph must be told of the object."""
    inputs: tuple[Route, ...]
    outputs: Route


@dataclass(slots=True)
class Solution:
    route: Route
    missing: SelectionSet | None
    """What no way was found for; None if everything has one."""
    waves: int = 0
    """Fetches that must wait for each other."""
    here: frozenset[tuple[str, int]] = frozenset()
    """Fetches about this very object, as (graph, wave)."""
    below: int = 0
    """Fetches about what hangs below it."""

    @property
    def cost(self) -> tuple[int, int]:
        return (self.waves, len(self.here) + self.below)


@dataclass(eq=False, slots=True)
class Facility:
    """A hop that several fields of one object may share."""

    target: Node
    needs: tuple[SelectionSet, ...]
    inputs: tuple[Solution, ...]
    name: tuple[str, ...]

    @property
    def waves(self) -> int:
        return 1 + max((solution.waves for solution in self.inputs), default=0)

    @property
    def here(self) -> frozenset[tuple[str, int]]:
        return frozenset({(self.target.graph, self.waves)}).union(
            *(solution.here for solution in self.inputs)
        )

    @property
    def below(self) -> int:
        return sum(solution.below for solution in self.inputs)


@dataclass(slots=True)
class Option:
    facility: Facility | None
    child: Solution | None

    @property
    def is_complete(self) -> bool:
        return self.child is None or self.child.missing is None

    @property
    def cost(self) -> tuple[int, int, tuple[str, ...]]:
        waves = (self.facility.waves if self.facility else 0) + (self.child.waves if self.child else 0)
        fetches = len(self.child.here) + self.child.below if self.child else 0
        return (waves, fetches, self.facility.name if self.facility else ())


class Router:
    """One per operation planned: what it has found is kept for the length of one plan."""

    def __init__(self, supergraph: Supergraph, field_sets: FieldSets) -> None:
        self._supergraph = supergraph
        self._field_sets = field_sets
        self._solved: dict[tuple[int, Node, Active], Solution] = {}
        self._alive: list[SelectionSet] = []

    def solve(self, selections: SelectionSet, node: Node, active: Active = frozenset()) -> Solution:
        question = (id(selections), node, active)
        known = self._solved.get(question)
        if known is None:
            if self._supergraph.is_abstract(node.type_name):
                known = self._solve_abstract(selections, node, active)
            else:
                known = self._solve_object(selections, node, active)
            self._solved[question] = known
            self._alive.append(selections)
        return known

    # one object

    def _solve_object(self, selections: SelectionSet, node: Node, active: Active) -> Solution:
        facilities: dict[tuple[str, ...], Facility | None] = {}
        placed: list[tuple[Field, list[Option]]] = []
        missing = SelectionSet(selections.type_name)
        pending = list(selections.fields.values())
        while pending:
            item = pending.pop(0)
            options = list(self._options(item, node, active, facilities))
            complete = [option for option in options if option.is_complete]
            if complete:
                placed.append((item, complete))
                continue
            covered, rest = self._split(item, options, node)
            if covered is None:
                missing.add(item)
            else:
                placed.append(covered)
                pending.append(rest)
        solution = self._choose(placed, node)
        solution.missing = None if missing.is_empty else missing
        return solution

    def _split(
        self, item: Field, options: list[Option], node: Node
    ) -> tuple[tuple[Field, list[Option]] | None, Field]:
        """Ask the graph that can give most of a field for that part, and leave the rest to another graph.

        Never for a mutation, which must run once.
        """
        if item.selections is None or node.type_name == self._supergraph.root_type("mutation"):
            return None, item
        ranked = sorted(options, key=lambda option: (option.child.missing.size(), option.cost))  # type: ignore[union-attr]
        for option in ranked:
            if option.child is None or option.child.missing is None:
                continue
            part = without(item.selections, option.child.missing)
            if part.is_empty:
                continue
            child = self.solve(part, option.child.route.node)
            if child.missing is None:
                covered = (item.with_selections(part), [Option(option.facility, child)])
                return covered, item.with_selections(option.child.missing)
        return None, item

    def _options(
        self,
        item: Field,
        node: Node,
        active: Active,
        facilities: dict[tuple[str, ...], Facility | None],
    ) -> Iterator[Option]:
        facts = self._supergraph.types[node.type_name].fields[item.name]
        place = self._place(node, facts)
        if place is not None and not place.requires:
            yield Option(None, self._solve_child(item, facts, place, node, active))
        for graph in sorted(facts.places):
            target = Node(graph, node.type_name)
            place = self._place(target, facts)
            if place is None or (graph == node.graph and not place.requires):
                continue
            name = (graph, place.requires or "")
            if name not in facilities:
                facilities[name] = self._facility(node, target, place.requires, active)
            facility = facilities[name]
            if facility is not None:
                yield Option(facility, self._solve_child(item, facts, place, target, active))

    def _solve_child(
        self, item: Field, facts: FieldFacts, place: Place, node: Node, active: Active
    ) -> Solution | None:
        if item.selections is None:
            return None
        return self.solve(item.selections, self._child(node, facts, place, item), active)

    def _place(self, node: Node, facts: FieldFacts) -> Place | None:
        """What the node's graph says of the field, if it can give its value here."""
        place = facts.places.get(node.graph)
        if place is None or place.overridden:
            return None
        if not place.external or any(
            facts.name == one.name for view in node.views for one in view.fields.values()
        ):
            return place
        here = self._supergraph.types[node.type_name].graphs.get(node.graph)
        if here is not None and here.extension:
            keys = (self._field_sets.of(node.type_name, key) for key in (*here.keys, *here.unresolvable_keys))
            if any(facts.name in key.fields for key in keys):
                return place
        return None

    def _child(self, node: Node, facts: FieldFacts, place: Place, item: Field) -> Node:
        views = [
            one.selections
            for view in node.views
            for one in view.fields.values()
            if one.identity == item.identity and one.selections is not None
        ]
        if place.provides:
            views.append(self._field_sets.of(facts.type_name, place.provides))
        local = place.type.strip("[]!") if place.type else None
        return Node(node.graph, facts.type_name, tuple(views), local if local != facts.type_name else None)

    def _facility(self, node: Node, target: Node, requires: str | None, active: Active) -> Facility | None:
        """How to get from a node to the same object in another graph, or None if there is no way."""
        if node.graph == NO_GRAPH:
            return Facility(target, (), (), (target.graph,))
        if target.type_name == self._supergraph.root_type("query"):
            return Facility(target, (), (), (target.graph,))
        visit = ("key", target.graph, target.type_name)
        if visit in active:
            return None
        best: tuple[SelectionSet, Solution] | None = None
        for key in self._supergraph.types[target.type_name].graphs[target.graph].keys:
            needs = self._field_sets.of(target.type_name, key)
            solution = self.solve(needs, node, active | {visit})
            if solution.missing is None and (best is None or solution.cost < best[1].cost):
                best = needs, solution
        if best is None:
            return None
        if requires is None:
            return Facility(target, (best[0],), (best[1],), (target.graph,))
        visit = ("requires", target.graph, target.type_name, requires)
        if visit in active:
            return None
        more = self._field_sets.of(target.type_name, requires)
        solution = self.solve(more, node, active | {visit})
        if solution.missing is not None:
            return None
        return Facility(target, (best[0], more), (best[1], solution), (target.graph, requires))

    def _choose(self, placed: list[tuple[Field, list[Option]]], node: Node) -> Solution:
        """The set of hops that serves every field at the least cost: first in waves, then in fetches."""
        forced: list[Facility] = []
        optional: list[Facility] = []
        for _, options in placed:
            if len(options) == 1 and options[0].facility is not None:
                forced.append(options[0].facility)
        for _, options in placed:
            optional.extend(
                option.facility
                for option in options
                if option.facility is not None and option.facility not in forced + optional
            )
        best = _assemble(placed, node, [*forced, *optional])
        if best is None:
            raise AssertionError("every placed field has an option")
        if len(optional) > MAX_COMPARED_HOPS:
            for facility in list(optional):
                fewer = [each for each in optional if each is not facility]
                solution = _assemble(placed, node, [*forced, *fewer])
                if solution is not None and solution.cost <= best.cost:
                    best, optional = solution, fewer
            return best
        for size in range(len(optional)):
            for extra in combinations(optional, size):
                solution = _assemble(placed, node, [*forced, *extra])
                if solution is not None and solution.cost < best.cost:
                    best = solution
        return best

    # interfaces and unions

    def _solve_abstract(self, selections: SelectionSet, node: Node, active: Active) -> Solution:
        types = self.possible_types(node)
        total = Solution(Route(node), None)
        missing = SelectionSet(selections.type_name)
        parts = {name: SelectionSet(name) for name in types}
        for item in selections.fields.values():
            option = self._solve_directly(item, node, types, active)
            if option is not None:
                total.route.fields.append((item, option.child.route if option.child else None))
                if option.child:
                    _count(total, option.child.waves, (), len(option.child.here) + option.child.below)
                continue
            for name in types:
                if item.name in self._supergraph.types[name].fields:
                    parts[name].add(item)
        for name, part in parts.items():
            if name in selections.fragments:
                for item in selections.fragments[name].fields.values():
                    part.add(item)
            if part.is_empty:
                continue
            solution = self.solve(part, self.narrowed(node, name), active)
            total.route.fragments[name] = solution.route
            _count(total, solution.waves, solution.here, solution.below)
            if solution.missing is not None:
                _miss(missing, solution.missing, selections)
        total.missing = None if missing.is_empty else missing
        return total

    def possible_types(self, node: Node) -> tuple[str, ...]:
        name = node.local_type or node.type_name
        if not self._supergraph.is_abstract(name):
            return (name,)
        here = self._supergraph.types[name].graphs.get(node.graph)
        return here.possible_types if here else ()

    def narrowed(self, node: Node, type_name: str) -> Node:
        views = (
            *node.views,
            *(view.fragments[type_name] for view in node.views if type_name in view.fragments),
        )
        return Node(node.graph, type_name, views)

    def _solve_directly(
        self, item: Field, node: Node, types: tuple[str, ...], active: Active
    ) -> Option | None:
        """A field asked of the interface itself, if its graph has it there and can give it for every type behind."""
        holder = node.local_type or node.type_name
        facts = self._supergraph.types[holder].fields.get(item.name)
        places = [facts and self._place(Node(node.graph, holder, node.views), facts)]
        for name in types:
            own = self._supergraph.types[name].fields.get(item.name)
            places.append(own and self._place(self.narrowed(node, name), own))
        if facts is None or any(place is None or place.requires for place in places):
            return None
        if item.selections is None:
            return Option(None, None)
        place = places[0]
        if place is None:
            return None
        child = self.solve(item.selections, self._child(node, facts, place, item), active)
        return Option(None, child) if child.missing is None else None


def _miss(missing: SelectionSet, below: SelectionSet, asked: SelectionSet) -> None:
    """Note what one concrete type could not be given, against what was asked of the abstract type."""
    for slot, item in below.fields.items():
        if slot in asked.fields:
            missing.fields[slot] = asked.fields[slot]
        else:
            missing.fragment(below.type_name).add(item)


def _count(total: Solution, waves: int, here: Iterable[tuple[str, int]], below: int) -> None:
    total.waves = max(total.waves, waves)
    total.here |= frozenset(here)
    total.below += below


def _assemble(
    placed: list[tuple[Field, list[Option]]], node: Node, opened: list[Facility]
) -> Solution | None:
    """The solution in which each field takes its cheapest option among the hops opened; None if a field has none."""
    total = Solution(Route(node), None)
    hops: dict[int, Hop] = {}
    for item, options in placed:
        allowed = [option for option in options if option.facility is None or option.facility in opened]
        if not allowed:
            return None
        option = min(allowed, key=lambda each: each.cost)
        facility, child = option.facility, option.child
        reached = (item, child.route if child else None)
        if child:
            _count(total, child.waves, (), len(child.here) + child.below)
        if facility is None:
            total.route.fields.append(reached)
            continue
        if id(facility) not in hops:
            hops[id(facility)] = Hop(
                facility.target,
                facility.needs,
                tuple(solution.route for solution in facility.inputs),
                Route(facility.target),
            )
            _count(total, 0, facility.here, facility.below)
        total.waves = max(total.waves, facility.waves + (child.waves if child else 0))
        hops[id(facility)].outputs.fields.append(reached)
    total.route.hops = list(hops.values())
    return total
