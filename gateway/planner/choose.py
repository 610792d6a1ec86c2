"""Which hops to take from one object, when its fields can be had in several ways."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from gateway.planner.routes import Hop, Node, Placed, PossibleHop, Route, Solution

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.planner.routes import Inherited
    from gateway.selections import Field

MAX_COMPARED = 6
"""Up to so many hops that could be spared, every combination is compared; beyond, they are tried one by
one.
"""


def cheapest(placed: Placed, node: Node) -> Solution:
    """The solution that serves every field at the least cost: waves, then fetches, then fields moved."""
    forced = list(
        dict.fromkeys(ways[0].hop for _, ways in placed if len(ways) == 1 and ways[0].hop is not None)
    )
    every = dict.fromkeys(way.hop for _, ways in placed for way in ways if way.hop is not None)
    spare = [hop for hop in every if hop not in forced]
    best = _with_hops(placed, node, [*forced, *spare])
    if best is None:
        raise AssertionError("every placed field has a way")
    if len(spare) > MAX_COMPARED:
        return _thinned(placed, node, forced, spare, best)
    for size in range(len(spare)):
        for some in combinations(spare, size):
            solution = _with_hops(placed, node, [*forced, *some])
            if solution is not None and solution.cost < best.cost:
                best = solution
    return best


def _thinned(
    placed: Placed, node: Node, forced: list[PossibleHop], spare: list[PossibleHop], best: Solution
) -> Solution:
    """Give up one hop after the other, as long as nothing gets dearer."""
    for hop in list(spare):
        fewer = [each for each in spare if each is not hop]
        solution = _with_hops(placed, node, [*forced, *fewer])
        if solution is not None and solution.cost <= best.cost:
            best, spare = solution, fewer
    return best


def _with_hops(placed: Placed, node: Node, taken: Iterable[PossibleHop]) -> Solution | None:
    """The solution in which each field goes its cheapest way by these hops; None if a field has none then."""
    allowed = set(taken)
    total = Solution(Route(node))
    hops: dict[PossibleHop, Hop] = {}
    for item, ways in placed:
        open_ways = [way for way in ways if way.hop is None or way.hop in allowed]
        if not open_ways:
            return None
        way = min(open_ways, key=lambda each: each.cost)
        reached = (item, way.child.route if way.child else None)
        if way.hop is None:
            total.route.fields.append(reached)
            total.count_field(way.child)
            _tell(total, total.route, item, way.contexts)
            continue
        if way.hop not in hops:
            hops[way.hop] = _taken(way.hop)
            for part in way.hop.inputs:
                total.count(part)
            total.waves = max(total.waves, way.hop.waves)
            total.fetches |= {(way.hop.target.graph, way.hop.waves)}
        hops[way.hop].outputs.fields.append(reached)
        total.count_field(way.child, way.hop)
        _tell(total, hops[way.hop].outputs, item, way.hop.contexts)
    total.route.hops = list(hops.values())
    return total


def _tell(total: Solution, route: Route, item: Field, contexts: tuple[Inherited, ...]) -> None:
    """Note what ancestors tell a field, and what it costs them."""
    if contexts:
        route.contexts[item] = contexts
        for each in contexts:
            total.count(each.solution)


def _taken(hop: PossibleHop) -> Hop:
    inputs = tuple(part.route for part in hop.inputs)
    return Hop(hop.target, hop.needs, inputs, Route(hop.target), hop.contexts)
