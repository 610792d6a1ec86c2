"""Which types set which contexts, and a refusal at start-up of arguments whose context cannot be had.

Source: `@context` and `@fromContext` of Apollo Federation. An argument with a context is given by no client:
it is what the nearest ancestor that sets the context has for a selection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.features import UnsupportedSupergraphError

if TYPE_CHECKING:
    from gateway.planner.normalize import FieldSets
    from gateway.selections import SelectionSet
    from gateway.supergraph import ContextArgument, FieldFacts, Supergraph, TypeFacts

NOTHING: frozenset[str] = frozenset()


class Contexts:
    """One per supergraph."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._set_by: dict[str, frozenset[str]] = {}
        for facts in supergraph.types.values():
            for name in supergraph.possible_types(facts.name) if facts.contexts else ():
                self._set_by[name] = self._set_by.get(name, NOTHING) | facts.contexts

    @property
    def are_used(self) -> bool:
        return bool(self._set_by)

    def set_by(self, type_names: tuple[str, ...]) -> frozenset[str] | None:
        """The contexts that an object of one of these types sets; None if that hangs on which it is."""
        if not self._set_by:
            return NOTHING
        several = {self._set_by.get(name, NOTHING) for name in type_names}
        return None if len(several) > 1 else next(iter(several), NOTHING)

    def check(self, field_sets: FieldSets) -> None:
        """Raises `UnsupportedSupergraphError` for the first argument that no ancestor could give."""
        for facts in self._supergraph.types.values():
            for field in facts.fields.values():
                for graph, place in field.places.items():
                    for argument in place.contexts:
                        told = f"@fromContext on {facts.name}.{field.name}({argument.name}:)"
                        self._check_consumer(facts, field, graph, told)
                        self._check_holders(argument, field_sets, told)

    def _check_consumer(self, facts: TypeFacts, field: FieldFacts, graph: str, told: str) -> None:
        """The request that has the value starts at the object, so its graph must answer for it by a key."""
        if self._supergraph.is_abstract(facts.name):
            raise UnsupportedSupergraphError(f"{told}: {facts.name} is no object type")
        if not facts.graphs[graph].keys:
            raise UnsupportedSupergraphError(f"{told}: {facts.name} has no resolvable key in {graph}")
        for name in facts.interfaces:
            place = self._supergraph.types[name].fields.get(field.name)
            if place is not None and graph in place.places:
                raise UnsupportedSupergraphError(f"{told}: the interface {name} has this field too")

    def _check_holders(self, argument: ContextArgument, field_sets: FieldSets, told: str) -> None:
        holders = [each for each in self._supergraph.types.values() if argument.context in each.contexts]
        if not holders:
            raise UnsupportedSupergraphError(f"{told}: no type sets the context {argument.context}")
        for holder in holders:
            if holder.name in {self._supergraph.root_type(kind) for kind in ("mutation", "subscription")}:
                raise UnsupportedSupergraphError(
                    f"@context on {holder.name}: asking {told} would run what must run once"
                )
            for name in {holder.name, *self._supergraph.possible_types(holder.name)}:
                self._check_selection(name, argument, field_sets, told)

    @staticmethod
    def _check_selection(name: str, argument: ContextArgument, field_sets: FieldSets, told: str) -> None:
        try:
            is_single = _is_single(field_sets.of(name, argument.selection))
        except UnsupportedSupergraphError as error:
            raise UnsupportedSupergraphError(f"{told}: {error}") from error
        if not is_single:
            raise UnsupportedSupergraphError(f"{told}: {argument.selection!r} on {name} is not one leaf")


def _is_single(selections: SelectionSet) -> bool:
    """Whether one leaf at most is asked of an object, whatever its type."""
    asked = list(selections.fields.values())
    if len(asked) > 1 or (asked and selections.fragments):
        return False
    below = [item.selections for item in asked if item.selections is not None]
    return all(not part.is_empty and _is_single(part) for part in below) and all(
        _is_single(part) for part in selections.fragments.values()
    )
