"""Where each field is fetched: the cheapest way through the graphs for a selection set.

For one object the question is which graphs to visit: each field can be given by the graph we are in, or by
one
that a key leads to (and, for `@requires`, a key and more). What a hop needs is itself a selection on the same
object, found by the same search, so chains of keys need no rule of their own. Answers are kept by
selection and
node: the cost of the search grows with the size of the document, not with the number of plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.planner.choose import cheapest
from gateway.planner.routes import NO_GRAPH, Hop, Node, Option, PossibleHop, Solution
from gateway.selections import Field, SelectionSet, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.planner.graphs import Graphs
    from gateway.planner.routes import Placed

Active = frozenset[tuple[str, ...]]
"""The hops whose inputs are being looked for: none of them may need itself."""


class Router:
    """One per operation planned: what it has found is kept for the length of one plan."""

    def __init__(self, graphs: Graphs) -> None:
        self._graphs = graphs
        self._supergraph = graphs.supergraph
        self._solved: dict[tuple[SelectionSet, Node, Active], Solution] = {}

    def solve(self, selections: SelectionSet, node: Node, active: Active = frozenset()) -> Solution:
        question = (selections, node, active)
        known = self._solved.get(question)
        if known is None:
            if not self._supergraph.is_abstract(node.type_name):
                known = self._solve_object(selections, node, active)
            elif self._graphs.is_interface_object(node):
                known = self._solve_interface_object(selections, node, active)
            else:
                known = self._solve_abstract(selections, node, active)
            self._solved[question] = known
        return known

    # one object

    def _solve_object(self, selections: SelectionSet, node: Node, active: Active) -> Solution:
        placed, missing = self._place(selections, node, active)
        solution = cheapest(placed, node)
        found = ((item, self._spread(item, ways, node, active)) for item, ways in placed)
        spreads = {item: parts for item, parts in found if parts}
        # Two fields may spare a wave together, where neither does alone.
        for chosen in [list(spreads), *([item] for item in spreads)] if spreads else ():
            kept = [each for each in placed if each[0] not in chosen]
            if len(kept) + len(chosen) > len(placed):
                continue  # spread already
            spread = [*kept, *(part for item in chosen for part in spreads[item])]
            other = cheapest(spread, node)
            if other.cost[:2] <= solution.cost[:2]:
                solution, placed = other, spread
        solution.missing = None if missing.is_empty else missing
        return solution

    def _spread(self, item: Field, ways: list[Option], node: Node, active: Active) -> Placed:
        """A field that several graphs can give, asked of each for what it gives soonest.

        They answer side by side, and one that fails leaves what the others gave. Nothing if one graph alone
        is as good.

        Not for lists, whose items would have to agree in number and order, nor for mutations.
        """
        below = item.selections
        is_simple = below is not None and not below.fragments and item.list_depth == 0
        if below is None or not is_simple or len(ways) == 1 or self._is_mutation(node):
            return []
        if not any(way.child and way.child.waves for way in ways):
            return []
        best: dict[str, list[Option]] = {}
        for slot, field in below.fields.items():
            alone = SelectionSet(below.type_name, {slot: field})
            tried = [(way, self.solve(alone, way.child.route.node, active)) for way in ways if way.child]
            costs = [Option(way.hop, child).cost[:2] for way, child in tried]
            best[slot] = [way for (way, _), cost in zip(tried, costs, strict=True) if cost == min(costs)]
        placed: Placed = []
        while best:
            way = max(ways, key=lambda each: sum(each in options for options in best.values()))
            slots = [slot for slot, options in best.items() if way in options]
            part = SelectionSet(below.type_name, {slot: below.fields[slot] for slot in slots})
            if way.child:
                placed.append(
                    (item.part(part), [Option(way.hop, self.solve(part, way.child.route.node, active))])
                )
            best = {slot: options for slot, options in best.items() if slot not in slots}
        slowest = max(options[0].cost[0] for _, options in placed)
        return placed if slowest < min(way.cost[0] for way in ways) else []

    def _is_mutation(self, node: Node) -> bool:
        return node.type_name == self._supergraph.root_type("mutation")

    def _place(self, selections: SelectionSet, node: Node, active: Active) -> tuple[Placed, SelectionSet]:
        """Every field with its ways, and what has none. A field no graph can give whole is split over
        several.
        """
        hops: dict[tuple[str, ...], PossibleHop | None] = {}
        placed: Placed = []
        missing = SelectionSet(selections.type_name)
        pending = list(selections.fields.values())
        while pending:
            item = pending.pop(0)
            ways = list(self._ways(item, node, active, hops))
            complete = [way for way in ways if way.is_complete]
            if complete:
                placed.append((item, complete))
                continue
            covered, rest = self._split(item, ways, node)
            if covered is None:
                missing.add(rest)
            else:
                placed.append(covered)
                pending.append(rest)
        return placed, missing

    def _split(
        self, item: Field, ways: list[Option], node: Node
    ) -> tuple[tuple[Field, list[Option]] | None, Field]:
        """Ask the graph that can give most of a field for that part, and leave the rest to another graph.

        Never for a mutation, which must run once.
        """
        if self._is_mutation(node):
            return None, item
        partial = [
            (child.missing, way, child) for way in ways if (child := way.child) is not None and child.missing
        ]
        for lacking, way, child in sorted(partial, key=lambda each: (each[0].size(), each[1].cost)):
            part = item.selections and without(item.selections, lacking)
            if not part or part.is_empty:
                continue
            solved = self.solve(part, child.route.node)
            if solved.missing is None:
                return (item.part(part), [Option(way.hop, solved)]), item.part(lacking)
        return None, item

    def _ways(
        self, item: Field, node: Node, active: Active, hops: dict[tuple[str, ...], PossibleHop | None]
    ) -> Iterator[Option]:
        facts = self._graphs.field(node.type_name, item.name)
        place = self._graphs.place(node, facts) if facts else None
        if facts and place and not place.requires:
            child = self._graphs.child(node, facts, place, item)
            yield Option(None, self._solve_below(item, child, active))
        yield from self._hops(item, node, active, hops)

    def _hops(
        self, item: Field, node: Node, active: Active, hops: dict[tuple[str, ...], PossibleHop | None]
    ) -> Iterator[Option]:
        for target, there, place in self._graphs.targets(node, item.name):
            name = (target.graph, target.type_name, place.requires or "")
            if name not in hops:
                hops[name] = self._hop(node, target, place.requires, active)
            hop = hops[name]
            if hop is not None:
                child = self._graphs.child(target, there, place, item)
                yield Option(hop, self._solve_below(item, child, active))

    def _solve_below(self, item: Field, child: Node, active: Active) -> Solution | None:
        return None if item.selections is None else self.solve(item.selections, child, active)

    def _hop(self, node: Node, target: Node, requires: str | None, active: Active) -> PossibleHop | None:
        """How to get from a node to the same object in another graph, or None if there is no way."""
        name = (target.graph, target.type_name, requires or "")
        if node.graph == NO_GRAPH or target.type_name == self._supergraph.root_type("query"):
            return PossibleHop(target, (), (), name)
        inputs = self._cheapest_key(node, target, active)
        if inputs is None or requires is None:
            return inputs and PossibleHop(target, (inputs[0],), (inputs[1],), name)
        visit = ("requires", *name)
        more = self._graphs.field_sets.of(node.type_name, requires)
        solution = None if visit in active else self.solve(more, node, active | {visit})
        if solution is None or solution.missing is not None:
            return None
        return PossibleHop(target, (inputs[0], more), (inputs[1], solution), name)

    def _cheapest_key(self, node: Node, target: Node, active: Active) -> tuple[SelectionSet, Solution] | None:
        visit = ("key", target.graph, target.type_name)
        if visit in active:
            return None
        best: tuple[SelectionSet, Solution] | None = None
        for key in self._supergraph.types[target.type_name].graphs[target.graph].keys:
            needs = self._graphs.field_sets.of(node.type_name, key)
            solution = self.solve(needs, node, active | {visit})
            if solution.missing is None and (best is None or solution.cost < best[1].cost):
                best = needs, solution
        return best

    # interfaces and unions

    def _solve_abstract(self, selections: SelectionSet, node: Node, active: Active) -> Solution:
        """Fields that the graph has on the interface itself are asked of it, the others of each concrete
        type.
        """
        types = self._graphs.possible_types(node)
        placed: Placed = []
        missing = SelectionSet(selections.type_name)
        parts = {name: SelectionSet(name) for name in types}
        hops: dict[tuple[str, ...], PossibleHop | None] = {}
        for item in selections.fields.values():
            way = self._directly(item, node, types, active)
            ways = (
                [way] if way else [each for each in self._hops(item, node, active, hops) if each.is_complete]
            )
            if ways:
                placed.append((item, ways))
                continue
            if not types:  # nothing here stands for objects whose fields could be asked elsewhere
                missing.add(item)
            for name in types:
                if self._graphs.field(name, item.name):
                    parts[name].add(item)
        total = cheapest(placed, node)
        for name, part in parts.items():
            for item in selections.fragments[name].fields.values() if name in selections.fragments else ():
                part.add(item)
            if part.is_empty:
                continue
            solution = self.solve(part, self._graphs.narrowed(node, name), active)
            total.route.fragments[name] = solution.route
            total.count(solution)
            if solution.missing is not None:
                _miss(missing, solution.missing, selections)
        total.missing = None if missing.is_empty else missing
        return total

    def _directly(self, item: Field, node: Node, types: tuple[str, ...], active: Active) -> Option | None:
        """A field asked of the interface itself, if the graph has it there and can give it for every type."""
        holder = node.local_type or node.type_name
        facts = self._graphs.field(holder, item.name)
        place = self._graphs.place(Node(node.graph, holder, node.views), facts) if facts else None
        if facts is None or place is None or place.requires:
            return None
        for name in types:
            own = self._graphs.field(name, item.name)
            given = self._graphs.place(self._graphs.narrowed(node, name), own) if own else None
            if given is None or given.requires:
                return None
        child = self._solve_below(item, self._graphs.child(node, facts, place, item), active)
        return None if child is not None and child.missing is not None else Option(None, child)

    def _solve_interface_object(self, selections: SelectionSet, node: Node, active: Active) -> Solution:
        """Objects of an interface in a graph that knows no concrete type: another graph must tell it, if
        it matters.
        """
        placed, missing = self._place(selections, node, active)
        solution = cheapest(placed, node)
        rest = SelectionSet(selections.type_name, dict(missing.fields), dict(selections.fragments))
        if rest.is_empty and not selections.typename:
            return solution
        best: tuple[PossibleHop, Solution] | None = None
        for target in self._graphs.real_interfaces(node):
            hop = self._hop(node, target, None, active)
            told = self.solve(rest, target, active) if hop else None
            if hop and told and told.missing is None and (best is None or told.cost < best[1].cost):
                best = hop, told
        if best is None:
            solution.missing = selections
            return solution
        hop, told = best
        inputs = tuple(part.route for part in hop.inputs)
        solution.route.hops.append(Hop(hop.target, hop.needs, inputs, told.route))
        for part in hop.inputs:
            solution.count(part)
        solution.waves = max(solution.waves, hop.waves + told.waves)
        solution.fetches |= told.fetches_after(hop.waves) | {(hop.target.graph, hop.waves)}
        solution.moved += told.asked + told.moved
        return solution


def _miss(missing: SelectionSet, below: SelectionSet, asked: SelectionSet) -> None:
    """Note what one concrete type could not be given, against what was asked of the abstract type."""
    for slot, item in below.fields.items():
        if slot in asked.fields:
            missing.fields[slot] = asked.fields[slot]
        else:
            missing.fragment(below.type_name).add(item)
