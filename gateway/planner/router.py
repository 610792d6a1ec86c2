"""Where each field is fetched: the cheapest way through the graphs for a selection set.

For one object the question is which graphs to visit: each field can be given by the graph we are in, or by
one
that a key leads to (and, for `@requires`, a key and more). What a hop needs is itself a selection on the same
object, found by the same search, so chains of keys need no rule of their own. Answers are kept by
selection and
node: the cost of the search grows with the size of the document, not with the number of plans.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.planner.around import ALONE, Around, Holder, Visit
from gateway.planner.choose import cheapest
from gateway.planner.routes import NO_GRAPH, Hop, Inherited, Node, Option, PossibleHop, Solution
from gateway.selections import Field, SelectionSet, without
from gateway.supergraph import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.planner.graphs import Graphs
    from gateway.planner.routes import Placed

PossibleHops = dict[Visit, PossibleHop | None]


class Router:
    """One per operation planned: what it has found is kept for the length of one plan."""

    def __init__(self, graphs: Graphs) -> None:
        self._graphs = graphs
        self._supergraph = graphs.supergraph
        self._solved: dict[tuple[SelectionSet, Node, Around], Solution] = {}
        self._has_contexts = graphs.contexts.are_used

    def solve(self, selections: SelectionSet, node: Node, around: Around = ALONE) -> Solution:
        question = (selections, node, around)
        known = self._solved.get(question)
        if known is None:
            if not self._supergraph.is_abstract(node.type_name):
                known = self._solve_object(selections, node, around)
            elif self._graphs.is_interface_object(node):
                known = self._solve_interface_object(selections, node, around)
            else:
                known = self._solve_abstract(selections, node, around)
            self._solved[question] = known
        return known

    # one object

    def _solve_object(self, selections: SelectionSet, node: Node, around: Around) -> Solution:
        placed, missing = self._place(selections, node, around)
        solution = cheapest(placed, node)
        found = ((item, self._spread(item, ways, node, around)) for item, ways in placed)
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

    def _spread(self, item: Field, ways: list[Option], node: Node, around: Around) -> Placed:
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
            tried = [
                (way, self.solve(alone, way.child.route.node, self._below(node, around, way.hop)))
                for way in ways
                if way.child
            ]
            costs = [Option(way.hop, child).cost[:2] for way, child in tried]
            best[slot] = [way for (way, _), cost in zip(tried, costs, strict=True) if cost == min(costs)]
        placed: Placed = []
        while best:
            way = max(ways, key=lambda each: sum(each in options for options in best.values()))
            slots = [slot for slot, options in best.items() if way in options]
            part = SelectionSet(below.type_name, {slot: below.fields[slot] for slot in slots})
            if way.child:
                below_it = self._below(node, around, way.hop)
                placed.append(
                    (item.part(part), [Option(way.hop, self.solve(part, way.child.route.node, below_it))])
                )
            best = {slot: options for slot, options in best.items() if slot not in slots}
        slowest = max(options[0].cost[0] for _, options in placed)
        return placed if slowest < min(way.cost[0] for way in ways) else []

    def _is_mutation(self, node: Node) -> bool:
        return node.type_name == self._supergraph.root_type("mutation")

    def _place(self, selections: SelectionSet, node: Node, around: Around) -> tuple[Placed, SelectionSet]:
        """Every field with its ways, and what has none. A field no graph can give whole is split over
        several.
        """
        hops: PossibleHops = {}
        placed: Placed = []
        missing = SelectionSet(selections.type_name)
        pending = list(selections.fields.values())
        while pending:
            item = pending.pop(0)
            ways = list(self._ways(item, node, around, hops))
            complete = [way for way in ways if way.is_complete]
            if complete:
                placed.append((item, complete))
                continue
            covered, rest = self._split(item, ways, node, around)
            if covered is None:
                missing.add(rest)
            else:
                placed.append(covered)
                pending.append(rest)
        return placed, missing

    def _split(
        self, item: Field, ways: list[Option], node: Node, around: Around
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
            afresh = replace(self._below(node, around, way.hop), active=frozenset())
            solved = self.solve(part, child.route.node, afresh)
            if solved.missing is None:
                return (item.part(part), [Option(way.hop, solved)]), item.part(lacking)
        return None, item

    def _ways(self, item: Field, node: Node, around: Around, hops: PossibleHops) -> Iterator[Option]:
        facts = self._graphs.field(node.type_name, item.name)
        place = self._graphs.place(node, facts) if facts else None
        if facts and place and not place.requires:
            contexts = self._inherited(place, around) if place.contexts else ()
            is_told = around.is_in_entities and all(each.is_early for each in contexts or ())
            if contexts == () or (contexts and is_told):
                child = self._graphs.child(node, facts, place, item)
                yield Option(None, self._solve_below(item, child, self._below(node, around)), contexts)
        yield from self._hops(item, node, around, hops)

    def _hops(self, item: Field, node: Node, around: Around, hops: PossibleHops) -> Iterator[Option]:
        for target, there, place in self._graphs.targets(node, item.name):
            name = _hop_name(target, place)
            if name not in hops:
                hops[name] = self._hop(node, target, place, around)
            hop = hops[name]
            if hop is not None:
                child = self._graphs.child(target, there, place, item)
                yield Option(hop, self._solve_below(item, child, self._below(node, around, hop)))

    def _solve_below(self, item: Field, child: Node, around: Around) -> Solution | None:
        return None if item.selections is None else self.solve(item.selections, child, around)

    def _below(self, node: Node, around: Around, hop: PossibleHop | None = None) -> Around:
        """What lies around the objects that a field leads to, of a node or of where a hop from it leads."""
        if not self._has_contexts:
            return around
        holder, set_here = around.holder, self._graphs.contexts_set(node)
        if set_here:
            holder = Holder(node, set_here, holder, around.waves)
        return replace(self._after(hop, around), holder=holder)

    def _after(self, hop: PossibleHop | None, around: Around) -> Around:
        if hop is None or not self._has_contexts:
            return around
        return replace(around, waves=around.waves + hop.waves, is_in_entities=bool(hop.needs))

    def _hop(self, node: Node, target: Node, place: Place, around: Around) -> PossibleHop | None:
        """How to get from a node to the same object in another graph, or None if there is no way."""
        name = _hop_name(target, place)
        if node.graph == NO_GRAPH or target.type_name == self._supergraph.root_type("query"):
            return PossibleHop(target, (), (), name)
        key = self._cheapest_key(node, target, around)
        contexts = self._inherited(place, around)
        if key is None or contexts is None:
            return None
        if place.requires is None:
            return PossibleHop(target, (key[0],), (key[1],), name, contexts)
        visit = ("requires", *name)
        more = self._graphs.field_sets.of(node.type_name, place.requires)
        solution = None if visit in around.active else self.solve(more, node, around.looking_for(visit))
        if solution is None or solution.missing is not None:
            return None
        return PossibleHop(target, (key[0], more), (key[1], solution), name, contexts)

    def _inherited(self, place: Place, around: Around) -> tuple[Inherited, ...] | None:
        """The values that a place's arguments have from the nearest ancestors that set their contexts."""
        found: list[Inherited] = []
        for argument in place.contexts:
            holder = around.holder_of(argument.context)
            if holder is None:
                return None
            visit = ("context", argument.context, argument.selection, holder.node.type_name)
            looked_for = frozenset(each for each in around.active if each[0] == visit[0])
            if visit in looked_for:
                return None
            needs = self._graphs.field_sets.of(holder.node.type_name, argument.selection)
            there = Around(looked_for | {visit}, holder.above, holder.waves)
            solution = self.solve(needs, holder.node, there)
            if solution.missing is not None:
                return None
            ahead = around.waves - holder.waves
            seen = solution.seen_from_below(ahead)
            found.append(Inherited(argument, needs, seen, is_early=solution.waves < ahead))
        return tuple(found)

    def _cheapest_key(self, node: Node, target: Node, around: Around) -> tuple[SelectionSet, Solution] | None:
        visit = ("key", target.graph, target.type_name)
        if visit in around.active:
            return None
        best: tuple[SelectionSet, Solution] | None = None
        for key in self._supergraph.types[target.type_name].graphs[target.graph].keys:
            needs = self._graphs.field_sets.of(node.type_name, key)
            solution = self.solve(needs, node, around.looking_for(visit))
            if solution.missing is None and (best is None or solution.cost < best[1].cost):
                best = needs, solution
        return best

    # interfaces and unions

    def _solve_abstract(self, selections: SelectionSet, node: Node, around: Around) -> Solution:
        """Fields that the graph has on the interface itself are asked of it, the others of each concrete
        type.
        """
        types = self._graphs.possible_types(node)
        placed: Placed = []
        missing = SelectionSet(selections.type_name)
        parts = {name: SelectionSet(name) for name in types}
        hops: PossibleHops = {}
        for item in selections.fields.values():
            ways = self._for_all_types(item, node, types, around, hops)
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
            solution = self.solve(part, self._graphs.narrowed(node, name), around)
            total.route.fragments[name] = solution.route
            total.count(solution)
            if solution.missing is not None:
                _miss(missing, solution.missing, selections)
        total.missing = None if missing.is_empty else missing
        return total

    def _for_all_types(
        self, item: Field, node: Node, types: tuple[str, ...], around: Around, hops: PossibleHops
    ) -> list[Option]:
        """The ways to ask it of the interface itself; none if what is below hangs on the concrete type."""
        if item.selections is not None and self._graphs.contexts_set(node) is None:
            return []
        way = self._directly(item, node, types, around)
        return [way] if way else [each for each in self._hops(item, node, around, hops) if each.is_complete]

    def _directly(self, item: Field, node: Node, types: tuple[str, ...], around: Around) -> Option | None:
        """A field asked of the interface itself, if the graph has it there and can give it for every type."""
        holder = node.local_type or node.type_name
        facts = self._graphs.field(holder, item.name)
        place = self._graphs.place(Node(node.graph, holder, node.views), facts) if facts else None
        if facts is None or place is None or place.needs_more:
            return None
        for name in types:
            own = self._graphs.field(name, item.name)
            given = self._graphs.place(self._graphs.narrowed(node, name), own) if own else None
            if given is None or given.needs_more:
                return None
        child = self._solve_below(
            item, self._graphs.child(node, facts, place, item), self._below(node, around)
        )
        return None if child is not None and child.missing is not None else Option(None, child)

    def _solve_interface_object(self, selections: SelectionSet, node: Node, around: Around) -> Solution:
        """Objects of an interface in a graph that knows no concrete type: another graph must tell it, if
        it matters.
        """
        placed, missing = self._place(selections, node, around)
        solution = cheapest(placed, node)
        rest = SelectionSet(selections.type_name, dict(missing.fields), dict(selections.fragments))
        if rest.is_empty and not selections.typename:
            return solution
        best: tuple[PossibleHop, Solution] | None = None
        for target in self._graphs.real_interfaces(node):
            hop = self._hop(node, target, Place(), around)
            told = self.solve(rest, target, self._after(hop, around)) if hop else None
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


def _hop_name(target: Node, place: Place) -> Visit:
    contexts = (text for each in place.contexts for text in (each.context, each.selection))
    return (target.graph, target.type_name, place.requires or "", *contexts)


def _miss(missing: SelectionSet, below: SelectionSet, asked: SelectionSet) -> None:
    """Note what one concrete type could not be given, against what was asked of the abstract type."""
    for slot, item in below.fields.items():
        if slot in asked.fields:
            missing.fields[slot] = asked.fields[slot]
        else:
            missing.fragment(below.type_name).add(item)
