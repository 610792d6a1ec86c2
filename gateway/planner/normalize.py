"""An operation, or a field set, turned into one selection set: fragments inlined, equal fields joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql.error import GraphQLError
from graphql.language import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    VariableNode,
    parse,
)

from gateway.features import UnsupportedSupergraphError
from gateway.selections import TYPENAME, Field, SelectionSet, print_arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql.language import (
        DirectiveNode,
        FragmentDefinitionNode,
        OperationDefinitionNode,
        SelectionNode,
        SelectionSetNode,
    )

    from gateway.supergraph import FieldFacts, Supergraph

ALIASED_TYPENAME = "__typename__aliased"
"""Where a field stands that the client calls `__typename` without it being that."""


class OperationTooLargeError(GraphQLError):
    """Fragments unfold into more fields than the settings allow."""


def is_included(directives: Iterable[DirectiveNode] | None, variables: Mapping[str, object]) -> bool:
    """What `@skip` and `@include` decide, with the coerced variables at hand."""
    for directive in directives or ():
        if directive.name.value not in {"skip", "include"}:
            continue
        value = directive.arguments[0].value if directive.arguments else None
        if isinstance(value, VariableNode):
            decision = bool(variables.get(value.name.value))
        else:
            decision = isinstance(value, BooleanValueNode) and value.value
        if decision == (directive.name.value == "skip"):
            return False
    return True


class Normalizer:
    """Works on what clients may see (`hidden=False`) or on all the subgraphs have (`hidden=True`, for
    field sets).
    """

    def __init__(
        self,
        supergraph: Supergraph,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, object],
        *,
        hidden: bool = False,
        max_fields: int = 10_000,
    ) -> None:
        self._supergraph = supergraph
        self._fragments = fragments
        self._variables = variables
        self._is_client = not hidden
        self._fields_left = max_fields
        self._spread: set[tuple[int, str, tuple[str, ...] | None]] = set()
        self._possible: dict[str, tuple[str, ...]] = {}

    def operation(self, operation: OperationDefinitionNode) -> SelectionSet:
        root = self._supergraph.root_type(operation.operation.value)
        if root is None:
            raise GraphQLError(f"The schema has no {operation.operation.value}.", operation)
        return self.select(root, operation.selection_set)

    def select(self, type_name: str, selections: SelectionSetNode) -> SelectionSet:
        target = SelectionSet(type_name)
        self._select(target, selections.selections, None)
        return target

    def _select(
        self, target: SelectionSet, nodes: Iterable[SelectionNode], narrowed: tuple[str, ...] | None
    ) -> None:
        """`narrowed` holds the concrete types that the fragments on the way here leave, None if they leave
        all.
        """
        for node in nodes:
            if not is_included(node.directives, self._variables):
                continue
            if isinstance(node, FieldNode):
                self._add(target, node, narrowed)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else None
                self._enter(target, node.selection_set.selections, narrowed, condition)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                visit = (id(target), name, narrowed)
                if visit not in self._spread:
                    self._spread.add(visit)
                    fragment = self._fragments[name]
                    condition = fragment.type_condition.name.value
                    self._enter(target, fragment.selection_set.selections, narrowed, condition)

    def _enter(
        self,
        target: SelectionSet,
        nodes: Iterable[SelectionNode],
        narrowed: tuple[str, ...] | None,
        condition: str | None,
    ) -> None:
        if condition is not None and condition != target.type_name:
            present = self._possible_types(target.type_name) if narrowed is None else narrowed
            allowed = set(self._possible_types(condition))
            left = tuple(name for name in present if name in allowed)
            if not left:
                return
            narrowed = narrowed if len(left) == len(present) else left
        self._select(target, nodes, narrowed)

    def _possible_types(self, type_name: str) -> tuple[str, ...]:
        if type_name not in self._possible:
            everything = self._supergraph.possible_types(type_name)
            visible = self._supergraph.api.type_map
            self._possible[type_name] = tuple(
                name for name in everything if not self._is_client or name in visible
            )
        return self._possible[type_name]

    def _add(self, target: SelectionSet, node: FieldNode, narrowed: tuple[str, ...] | None) -> None:
        name = node.name.value
        if name.startswith("__"):
            self._add_typename(target, name, narrowed)
            return
        if narrowed is None and name in self._supergraph.types[target.type_name].fields:
            self._add_to(target, node)
            return
        for type_name in self._possible_types(target.type_name) if narrowed is None else narrowed:
            self._add_to(target.fragment(type_name), node)

    def _add_typename(self, target: SelectionSet, name: str, narrowed: tuple[str, ...] | None) -> None:
        """No field needs to be asked: the executor knows the type of all it holds."""
        if name == TYPENAME:
            target.typename = True
            for type_name in narrowed or ():
                target.fragment(type_name)

    def _add_to(self, target: SelectionSet, node: FieldNode) -> None:
        facts = self._supergraph.types[target.type_name].fields[node.name.value]
        arguments = tuple(node.arguments or ())
        fresh = Field(
            name=facts.name,
            arguments=arguments,
            printed_arguments=print_arguments(arguments),
            type_name=facts.type_name,
            list_depth=facts.list_depth,
            selections=SelectionSet(facts.type_name) if facts.is_composite else None,
        )
        if self._is_client:
            fresh.response_key = node.alias.value if node.alias else facts.name
            fresh.key = data_key(fresh.response_key)
        item = target.fields.get(fresh.slot)
        if item is None:
            self._fields_left -= 1
            if self._fields_left < 0:
                raise OperationTooLargeError("The operation unfolds into too many fields.", node)
            item = target.fields[fresh.slot] = fresh
        if item.selections is not None and node.selection_set:
            self._select(item.selections, node.selection_set.selections, None)


def data_key(response_key: str) -> str:
    """Where the gathered data keeps what the client calls so."""
    if response_key == TYPENAME:
        return ALIASED_TYPENAME
    if response_key == ALIASED_TYPENAME:
        raise GraphQLError(f"The alias {ALIASED_TYPENAME} is reserved.")
    return response_key


class FieldSets:
    """The keys, `requires` and `provides` of a supergraph, each read once."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._known: dict[tuple[str, str], SelectionSet] = {}

    def of(self, type_name: str, text: str) -> SelectionSet:
        known = self._known.get((type_name, text))
        if known is None:
            known = self._known[type_name, text] = self._read(type_name, text)
        return known

    def _read(self, type_name: str, text: str) -> SelectionSet:
        try:
            definition = parse(f"{{ {text} }}", no_location=True).definitions[0]
            selections: SelectionSetNode = definition.selection_set  # type: ignore[attr-defined]
            return Normalizer(self._supergraph, {}, {}, hidden=True).select(type_name, selections)
        except (GraphQLError, KeyError) as error:
            raise UnsupportedSupergraphError(
                f"the field set {text!r} on {type_name} cannot be read: {error}"
            ) from error

    def check_all(self) -> None:
        """Read every field set of the supergraph, so that a bad one is found before the first request."""
        for facts in self._supergraph.types.values():
            for here in facts.graphs.values():
                for key in (*here.keys, *here.unresolvable_keys):
                    self.of(facts.name, key)
            for name, field in facts.fields.items():
                for place in field.places.values():
                    if place.requires:
                        self.of(facts.name, place.requires)
                    if place.provides:
                        self.of(self._child(field, f"{facts.name}.{name}"), place.provides)

    @staticmethod
    def _child(field: FieldFacts, place: str) -> str:
        if not field.is_composite:
            raise UnsupportedSupergraphError(f"@provides on {place}: its type has no fields")
        return field.type_name
