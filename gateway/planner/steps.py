"""Routes turned into fetches: one step per graph, place and wave, each with what it needs and what it
asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.planner.routes import NO_GRAPH
from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphql.language import ArgumentNode

    from gateway.planner.routes import Hop, Inherited, Node, Route
    from gateway.selections import Field, Identity, SelectionSet
    from gateway.supergraph import Supergraph

AT_LIST = "@"

PathPart = str | tuple[str, ...]
"""A key of the gathered data, `@` for every item of a list, or the concrete types to keep."""

Path = tuple[PathPart, ...]

ContextKey = tuple[str, str, str, int]
"""Context, selection and type of an argument, and how deep its value is: equal ones have one value."""


@dataclass(slots=True)
class Asked:
    """One field of a request to a graph."""

    name: str
    arguments: tuple[ArgumentNode, ...]
    key: str
    """Where the value goes in the gathered data."""
    response_key: str | None
    shape: str
    below: Output | None
    is_part: bool = False
    """Whether other requests ask for the same field, each for a part of what stands below it."""
    contexts: tuple[tuple[str, int], ...] = ()
    """Arguments that have their value from an ancestor, with the numbers of the step's contexts."""
    alias: str = ""
    """What the request calls it: the key, unless that would clash."""


@dataclass(slots=True)
class Output:
    """What a request asks of one object."""

    type_name: str
    fields: dict[str, Asked] = field(default_factory=dict)
    fragments: dict[str, Output] = field(default_factory=dict)
    typename: bool = False

    def fragment(self, type_name: str) -> Output:
        if type_name == self.type_name:
            return self
        return self.fragments.setdefault(type_name, Output(type_name))


@dataclass(slots=True)
class Needed:
    """What a representation holds of one object: names of fields, and where the gathered data keeps them."""

    fields: dict[str, tuple[str, Needed | None]] = field(default_factory=dict)
    fragments: dict[str, Needed] = field(default_factory=dict)
    typename: bool = False
    """Whether the graph must be told the concrete type, because the field's own type is abstract."""
    is_flat: bool = True
    """Whether there is nothing but leaves that are no lists."""


@dataclass(frozen=True, slots=True)
class ContextValue:
    """What a request is told of an ancestor of each object."""

    type: str
    depth: int
    """How many parts of the step's path lead to the ancestor."""
    needed: Needed
    """One leaf of it, or nothing for a type that the selection has no condition for."""


@dataclass(eq=False, slots=True)
class Step:
    """One fetch."""

    number: int
    graph: str
    path: Path
    operation: str
    parents: list[Step]
    output: Output
    wave: int
    visible_names: int
    needs: dict[str, Needed] = field(default_factory=dict)
    """By concrete type of the object; empty for a fetch from the root."""
    typenames: dict[str, str] = field(default_factory=dict)
    """By concrete type: the name that the graph knows it by, where another."""
    contexts: dict[ContextKey, ContextValue] = field(default_factory=dict)

    @property
    def is_entity(self) -> bool:
        return bool(self.needs)


@dataclass(frozen=True, slots=True)
class Spot:
    """An object, or all objects at one path, as a step meets them."""

    node: Node
    step: Step
    output: Output
    path: Path
    keys: Keys
    above: Spot | None
    """The object whose field led here, as met there."""
    first: Spot | None = None
    """The same object where it was first met, if that was elsewhere."""

    def below(self, child: Node, item: Field, key: str, output: Output) -> Spot:
        path = (*self.path, key, *([AT_LIST] * item.list_depth))
        return Spot(child, self.step, output, path, self.keys.below(key), self)

    def narrowed(self, node: Node) -> Spot:
        """The objects of one concrete type."""
        path = (*self.path, (node.type_name,))
        return Spot(node, self.step, self.output.fragment(node.type_name), path, self.keys, self.above)

    def met_by(self, step: Step, output: Output, node: Node) -> Spot:
        """The same object where a hop leads."""
        return replace(self, node=node, step=step, output=output, first=self.first or self)

    def ancestor(self, node: Node) -> Spot:
        """The nearest object above that was met as this node."""
        spot = self.above
        while spot is not None:
            first = spot.first or spot
            if first.node == node:
                return first
            if spot.node == node:
                return spot
            spot = first.above
        raise AssertionError(f"no ancestor of {self.path} is {node}")


class Keys:
    """The keys of one object in the gathered data, so that what the planner adds never meets what clients
    ask.
    """

    def __init__(self) -> None:
        self._taken: dict[str, set[Identity]] = {TYPENAME: {(TYPENAME, "")}}
        self._asked: set[str] = set()
        self._below: dict[str, Keys] = {}

    def is_asked(self, key: str) -> bool:
        """Whether a client asked for what stands there."""
        return key in self._asked

    def claim(self, selections: SelectionSet) -> None:
        """Note all that a client asks below this object."""
        for item in selections.fields.values():
            if item.key is not None:
                self._asked.add(item.key)
                self._taken.setdefault(item.key, set()).add(item.identity)
                if item.selections is not None:
                    self.below(item.key).claim(item.selections)
        for part in selections.fragments.values():
            self.claim(part)

    def key_of(self, item: Field) -> str:
        if item.key is not None:
            return item.key
        for key, identities in self._taken.items():
            if identities == {item.identity}:
                return key
        key, number = item.name, 0
        while key in self._taken:
            number += 1
            key = f"{item.name}_{number}"
        self._taken[key] = {item.identity}
        return key

    def below(self, key: str) -> Keys:
        return self._below.setdefault(key, Keys())


class StepBuilder:
    """Collects the steps of one operation."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self.steps: list[Step] = []
        self._roots: dict[str, Step] = {}
        self._start: tuple[str, Keys, list[Step]] = ("query", Keys(), [])
        self._about_objects: dict[tuple[str, Path, int, str | None, bool], list[Step]] = {}
        self._private: set[Path] = set()

    def add_root(self, route: Route, operation: str, keys: Keys, after: list[Step]) -> None:
        """The fetches that start an operation, or one mutation of it, which waits for the steps `after`."""
        self._roots = {}
        self._start = (operation, keys, list(after))
        self._enter(route)

    def _enter(self, route: Route) -> list[Step]:
        """Ask root fields, in one step for each graph; returns all steps it used."""
        operation, keys, after = self._start
        used: list[Step] = []
        for hop in route.hops:
            graph, output = hop.target.graph, Output(hop.target.type_name)
            step = self._roots.get(graph)
            if step is None:
                step = self._roots[graph] = self._new(graph, (), operation, after, output)
            used += self._fill(hop.outputs, Spot(route.node, step, step.output, (), keys, None))
        return used

    def _new(self, graph: str, path: Path, operation: str, parents: list[Step], output: Output) -> Step:
        wave = 1 + max((parent.wave for parent in parents), default=0)
        visible = self._visible_names(path)
        step = Step(len(self.steps), graph, path, operation, _reduced(parents), output, wave, visible)
        self.steps.append(step)
        return step

    def _visible_names(self, path: Path) -> int:
        names = 0
        for end, part in enumerate(path, start=1):
            if path[:end] in self._private:
                break
            names += isinstance(part, str) and part != AT_LIST
        return names

    def _fill(self, route: Route, spot: Spot) -> list[Step]:
        """Ask for a route's fields in a step, and add the steps that its hops need; returns all steps it
        used.
        """
        used = [spot.step]
        for item, child in route.fields:
            key = spot.keys.key_of(item)
            below = self._ask(item, key, spot, route.contexts.get(item, ()))
            if item.key is None and not spot.keys.is_asked(key):
                self._private.add((*spot.path, key))
            if child is not None and below is not None:
                used += self._fill(child, spot.below(child.node, item, key, below))
        for part in route.fragments.values():
            used += self._fill(part, spot.narrowed(part.node))
        for hop in route.hops:
            used += self._hop(hop, route.node.type_name, spot)
        return used

    def _ask(self, item: Field, key: str, spot: Spot, contexts: tuple[Inherited, ...]) -> Output | None:
        output, step = spot.output, spot.step
        asked = output.fields.get(key)
        if asked is None:
            facts = self._supergraph.types[output.type_name].fields[item.name]
            below = None
            if item.selections is not None:
                below = Output(item.type_name, typename=self._supergraph.is_abstract(item.type_name))
            shape = facts.shape_in(step.graph)
            asked = Asked(item.name, item.arguments, key, item.response_key, shape, below, item.is_part)
            asked.contexts = tuple((each.argument.name, self._tell(each, spot)) for each in contexts)
            told = {name for name, _ in asked.contexts}
            asked.arguments = tuple(each for each in item.arguments if each.name.value not in told)
            output.fields[key] = asked
        elif asked.response_key is None:
            asked.response_key = item.response_key
        return asked.below

    def _hop(self, hop: Hop, here: str, spot: Spot) -> list[Step]:
        """The steps of a hop from an object that is a `here`."""
        parents = [spot.step]
        for inputs in hop.inputs:
            parents += self._fill(inputs, spot)
        for each in hop.contexts:
            parents += self._inherit(each, spot)[0]
        target = self._step_at(hop, here, spot, parents)
        there = hop.target.type_name
        if not hop.needs:
            return [*parents, *self._fill(hop.outputs, spot.met_by(target, target.output, hop.target))]
        needed = target.needs.setdefault(here, Needed())
        for needs in hop.needs:
            self._need(needed, needs, spot.keys)
        for type_name in {here, *self._supergraph.possible_types(here)}:
            target.needs[type_name] = needed
            if there != type_name:
                target.typenames[type_name] = there
        below = target.output.fragment(there)
        there_facts = self._supergraph.types[there].graphs[hop.target.graph]
        below.typename = self._supergraph.is_abstract(there) and not there_facts.interface_object
        return [*parents, *self._fill(hop.outputs, spot.met_by(target, below, hop.target))]

    def _inherit(self, inherited: Inherited, spot: Spot) -> tuple[list[Step], Path, Keys]:
        """Ask an ancestor for what an argument is to be; the steps used, and where the ancestor stands."""
        route = inherited.solution.route
        if route.node.graph == NO_GRAPH:
            return self._enter(route), (), self._start[1]
        ancestor = spot.ancestor(route.node)
        return self._fill(route, ancestor), ancestor.path, ancestor.keys

    def _tell(self, inherited: Inherited, spot: Spot) -> int:
        """Let a step have what an ancestor has for an argument; its number among the step's contexts."""
        steps, path, keys = self._inherit(inherited, spot)
        step, argument = spot.step, inherited.argument
        if any(each.wave >= step.wave for each in steps):
            raise AssertionError(f"{argument} is not known before what needs it")
        step.parents = _reduced([*step.parents, *steps])
        depth = min(len(path), len(step.path))  # a step about several types has no type at its path's end
        context = (argument.context, argument.selection, argument.type, depth)
        if context not in step.contexts:
            step.contexts[context] = ContextValue(argument.type, depth, Needed())
            self._need(step.contexts[context].needed, inherited.needs, keys)
        return list(step.contexts).index(context)

    def _step_at(self, hop: Hop, here: str, spot: Spot, parents: list[Step]) -> Step:
        """A step of the same graph, place and wave, or a new one: joining waves would make one wait for
        the other.

        Objects of several concrete types go in one request, each asked in its own fragment. Not so where
        the graph knows them by their interface only: there they can be told apart no more. Nor where two
        requirements ask one field with other arguments: a representation has room for one value.
        """
        path, keys = spot.path, spot.keys
        parents = _reduced(parents)
        wave = 1 + max(parent.wave for parent in parents)
        sent_as = hop.target.type_name if self._supergraph.is_abstract(hop.target.type_name) else None
        place = path[:-1] if sent_as in {None, here} and path and isinstance(path[-1], tuple) else path
        kind = (hop.target.graph, place, wave, sent_as, bool(hop.needs))
        same = self._about_objects.setdefault(kind, [])
        for step in same:
            needed = step.needs.get(here)
            if needed is None or not any(_clash(needed, needs, keys) for needs in hop.needs):
                step.parents = _reduced([*step.parents, *parents])
                return step
        output = Output("_Entity" if hop.needs else hop.target.type_name)
        same.append(self._new(hop.target.graph, place, "query", parents, output))
        return same[-1]

    def _need(self, needed: Needed, needs: SelectionSet, keys: Keys) -> None:
        needed.typename = needed.typename or self._supergraph.is_abstract(needs.type_name)
        for item in needs.fields.values():
            key = keys.key_of(item)
            _, below = needed.fields.get(item.name, (key, None))
            facts = self._supergraph.types[needs.type_name].fields[item.name]
            needed.is_flat = needed.is_flat and facts.is_scalar
            if item.selections is not None:
                below = below or Needed()
                self._need(below, item.selections, keys.below(key))
            needed.fields[item.name] = (key, below)
        for type_name, part in needs.fragments.items():
            needed.is_flat = False
            self._need(needed.fragments.setdefault(type_name, Needed()), part, keys)


def _clash(needed: Needed, needs: SelectionSet, keys: Keys) -> bool:
    """Whether a representation would have to hold two values of one field."""
    for item in needs.fields.values():
        key, below = needed.fields.get(item.name, (None, None))
        if key is None:
            continue
        if key != keys.key_of(item):
            return True
        if (
            below is not None
            and item.selections is not None
            and _clash(below, item.selections, keys.below(key))
        ):
            return True
    return any(
        _clash(needed, part, keys)
        or (type_name in needed.fragments and _clash(needed.fragments[type_name], part, keys))
        for type_name, part in needs.fragments.items()
    )


def _reduced(parents: Iterable[Step]) -> list[Step]:
    """The parents without those that another parent already waits for."""
    distinct = list(dict.fromkeys(parents))
    elders: set[int] = set()
    stack = [grand for parent in distinct for grand in parent.parents]
    while stack:
        step = stack.pop()
        if id(step) not in elders:
            elders.add(id(step))
            stack.extend(step.parents)
    return sorted((step for step in distinct if id(step) not in elders), key=lambda step: step.number)
