"""What each graph can give of an object, and where one can get to from it: the facts that a search walks
on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.planner.routes import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.planner.contexts import Contexts
    from gateway.planner.normalize import FieldSets
    from gateway.selections import Field
    from gateway.supergraph import FieldFacts, Place, Supergraph


class Graphs:
    """One per operation planned: it notes which labels of `@override` the answers hung on."""

    def __init__(
        self,
        supergraph: Supergraph,
        field_sets: FieldSets,
        contexts: Contexts,
        labels: frozenset[str] = frozenset(),
    ) -> None:
        self.supergraph = supergraph
        self.field_sets = field_sets
        self.contexts = contexts
        self._labels = labels
        self.labels_asked: set[str] = set()

    def field(self, type_name: str, name: str) -> FieldFacts | None:
        return self.supergraph.types[type_name].fields.get(name)

    def place(self, node: Node, facts: FieldFacts) -> Place | None:
        """What the node's graph says of a field, if it can give its value here."""
        place = facts.places.get(node.graph)
        if place is None:
            return None
        if place.label is not None:
            self.labels_asked.add(place.label)
        if not place.serves(self._labels):
            return None
        if not place.external and not self._is_required_here(node, facts.name):
            return place
        if any(facts.name == one.name for view in node.views for one in view.fields.values()):
            return place
        return place if self._is_key_of_extension(node, facts.name) else None

    def _is_required_here(self, node: Node, name: str) -> bool:
        """A composer may forget `@external` on an interface object: what its graph requires, it lacks."""
        if not self.is_interface_object(node):
            return False
        facts = self.supergraph.types[node.type_name]
        if any(name in self.field_sets.of(facts.name, key).fields for key in facts.graphs[node.graph].keys):
            return False
        places = (each.places.get(node.graph) for each in facts.fields.values())
        texts = [place.requires for place in places if place and place.requires]
        return any(name in self.field_sets.of(facts.name, text).fields for text in texts)

    def _is_key_of_extension(self, node: Node, name: str) -> bool:
        """Federation 1 marks the key fields of an extended type external, although the graph holds them."""
        here = self.supergraph.types[node.type_name].graphs.get(node.graph)
        if here is None or not here.extension:
            return False
        keys = (*here.keys, *here.unresolvable_keys)
        return any(name in self.field_sets.of(node.type_name, key).fields for key in keys)

    def targets(self, node: Node, name: str) -> Iterator[tuple[Node, FieldFacts, Place]]:
        """Where the same object may be found with a field, by hopping; whether there is a way is another
        question.
        """
        facts = self.supergraph.types[node.type_name]
        holds_type = not self.supergraph.is_abstract(node.type_name) or self.is_interface_object(node)
        names = [node.type_name, *(each for each in facts.interfaces if each != node.type_name)]
        for type_name in names:
            field = self.field(type_name, name)
            for graph in sorted(field.places if field else ()):
                here = self.supergraph.types[type_name].graphs.get(graph)
                if (type_name != node.type_name or not holds_type) and not (here and here.interface_object):
                    continue
                target = Node(graph, type_name)
                place = self.place(target, field) if field else None
                stays = (graph, type_name) == (node.graph, node.type_name)
                if field and place and not (stays and not place.needs_more):
                    yield target, field, place

    def child(self, node: Node, facts: FieldFacts, place: Place, item: Field) -> Node:
        """Where a field leads in its own graph."""
        views = [
            one.selections
            for view in node.views
            for one in view.fields.values()
            if one.identity == item.identity and one.selections is not None
        ]
        if place.provides:
            views.append(self.field_sets.of(facts.type_name, place.provides))
        local = place.type.strip("[]!") if place.type else None
        return Node(node.graph, facts.type_name, tuple(views), local if local != facts.type_name else None)

    def possible_types(self, node: Node) -> tuple[str, ...]:
        """The concrete types that the graph may answer with at an abstract node."""
        name = node.local_type or node.type_name
        if not self.supergraph.is_abstract(name):
            return (name,)
        here = self.supergraph.types[name].graphs.get(node.graph)
        return here.possible_types if here else ()

    def contexts_set(self, node: Node) -> frozenset[str] | None:
        """The contexts that an object there sets; None if that hangs on its concrete type."""
        if self.is_interface_object(node):
            return self.contexts.set_by(self.supergraph.possible_types(node.type_name))
        return self.contexts.set_by(self.possible_types(node))

    def narrowed(self, node: Node, type_name: str) -> Node:
        """The node once its concrete type is known."""
        views = (
            *node.views,
            *(view.fragments[type_name] for view in node.views if type_name in view.fragments),
        )
        return Node(node.graph, type_name, views)

    def is_interface_object(self, node: Node) -> bool:
        """Whether the graph holds objects of an interface without knowing their concrete types."""
        here = self.supergraph.types[node.type_name].graphs.get(node.graph)
        return here is not None and here.interface_object

    def real_interfaces(self, node: Node) -> Iterator[Node]:
        """The graphs that can tell the concrete type of what an interface object stands for."""
        for graph, here in sorted(self.supergraph.types[node.type_name].graphs.items()):
            if not here.interface_object and here.keys:
                yield Node(graph, node.type_name)
