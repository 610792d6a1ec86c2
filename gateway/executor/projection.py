"""The gathered data completed as the client asked: its order, its aliases, its nulls, and nothing more.

Each concrete type met at each place is compiled once into the list of what to take; answers then cost a walk.
Nulls follow the specification: one where the schema has none is an error, and empties the nearest place
that may
be null. A place that an earlier error already explains gets no second one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from graphql.language import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode
from graphql.type import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLObjectType,
    is_abstract_type,
    is_enum_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from gateway.executor.plain_projection import LEAF_KINDS, NOT_PLAIN, plain_projection
from gateway.planner.normalize import data_key, is_included
from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from graphql.language import DocumentNode, OperationDefinitionNode, SelectionNode
    from graphql.type import GraphQLOutputType

    from gateway.executor.failures import Error
    from gateway.executor.representations import DataPath
    from gateway.supergraph import Supergraph

LinkedPath = tuple["LinkedPath | None", "str | int"]
Complete = "Callable[[Any, LinkedPath | None, Completion], Any]"


class _Mark:
    """A value that no JSON has."""


BUBBLE = _Mark()
"""The place must not be null and is: what holds it becomes null."""
NULLED = _Mark()
"""The place is null, and the error that says why is already noted."""


MAX_NOTED = 1_000
"""A list of many thousand nulls says nothing more by an error for each."""


class Completion:
    """The errors of one answer."""

    def __init__(self, errors: list[Error]) -> None:
        self.errors = errors
        self._explained: set[DataPath] = set()
        self._above: set[DataPath] = set()
        """Every beginning of a place that is explained."""
        self._left = MAX_NOTED
        for error in errors:
            self._explain(tuple(error.get("path") or ()))

    def note(self, path: LinkedPath | None, message: str) -> None:
        place = _unlinked(path)
        above = (place[:length] for length in range(len(place) + 1))
        if not self._left or place in self._above or not self._explained.isdisjoint(above):
            return
        self._left -= 1
        self._explain(place)
        self.errors.append({"message": message, "path": list(place)})

    def _explain(self, place: DataPath) -> None:
        self._explained.add(place)
        self._above.update(place[:length] for length in range(len(place) + 1))


def _unlinked(path: LinkedPath | None) -> DataPath:
    parts: list[str | int] = []
    while path is not None:
        path, part = path
        parts.append(part)
    return tuple(reversed(parts))


class Taken(NamedTuple):
    """One field of an answer."""

    response_key: str
    data_key: str
    complete: Any
    """None for a scalar of its schema's own that may be null: its value is taken as it is."""
    constant: str | None = None


class Projector:
    """Compiled for one operation and one choice of `@skip` and `@include`; types are compiled when first
    met.
    """

    written_after = 2
    """How many answers without errors an operation has before a function is written for it: documents are
    asked once, or over and over.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
    ) -> None:
        self.api = supergraph.api
        self._document = (
            document  # what is compiled is known by the identity of its nodes: they must live as long
        )
        self._hidden_values = supergraph.hidden_enum_values
        self._hidden_types = supergraph.schema.type_map.keys() - self.api.type_map.keys()
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._variables = variables
        self._objects: dict[tuple[str, tuple[int, ...]], list[Taken]] = {}
        root = self.api.get_root_type(operation.operation)
        if root is None:
            raise ValueError(f"the schema has no {operation.operation.value}")
        self._question = (root, (operation.selection_set.selections,))
        self._root = self._object(*self._question)
        self._runs = 0
        self._plain: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    def complete(self, data: dict[str, Any] | None, errors: list[Error]) -> dict[str, Any] | None:
        """The answer's data; errors found on the way are added to the list."""
        if not errors and data is not None:
            self._runs += 1
            if self._runs == self.written_after + 1:
                self._plain = plain_projection(self, *self._question)
            if self._plain is not None:
                try:
                    return self._plain(data)
                except NOT_PLAIN:
                    pass  # what is wrong, and what comes of it, is found below
        answer = self._root(data if data is not None else {}, None, Completion(errors))
        return answer if isinstance(answer, dict) else None

    # compiling

    def _object(self, type_: GraphQLObjectType, sets: tuple[Iterable[SelectionNode], ...]) -> Any:
        question = (type_.name, tuple(id(each) for each in sets))
        taken = self._objects.get(question)
        if taken is None:
            taken = self._objects[question] = []
            taken.extend(self._taken(type_, sets))
        return _object(taken, type_.name)

    def _taken(self, type_: GraphQLObjectType, sets: tuple[Iterable[SelectionNode], ...]) -> list[Taken]:
        nodes = self.collected(type_, sets)
        return [self._field(type_, response_key, same) for response_key, same in nodes.items()]

    def collected(
        self, type_: GraphQLObjectType, sets: tuple[Iterable[SelectionNode], ...]
    ) -> dict[str, list[FieldNode]]:
        """The fields asked of a type, by response key, in their order."""
        nodes: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selections in sets:
            self._collect(type_, selections, nodes, visited)
        return nodes

    def _collect(
        self,
        type_: GraphQLObjectType,
        selections: Iterable[SelectionNode],
        nodes: dict[str, list[FieldNode]],
        visited: set[str],
    ) -> None:
        for node in selections:
            if not is_included(node.directives, self._variables):
                continue
            if isinstance(node, FieldNode):
                nodes.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._applies(condition.name.value, type_):
                    self._collect(type_, node.selection_set.selections, nodes, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, type_):
                    self._collect(type_, fragment.selection_set.selections, nodes, visited)

    def _applies(self, condition: str, type_: GraphQLObjectType) -> bool:
        named = self.api.get_type(condition)
        if named is type_ or (is_abstract_type(named) and self.api.is_sub_type(named, type_)):
            return True
        if is_interface_type(type_):  # an interface object: sure where it is so for each type it may be
            return all(self._applies(condition, each) for each in self.api.get_possible_types(type_))
        return False

    def _field(self, type_: GraphQLObjectType, response_key: str, nodes: list[FieldNode]) -> Taken:
        name = nodes[0].name.value
        if name == TYPENAME:
            return Taken(response_key, TYPENAME, None, constant=type_.name)
        if name.startswith("__"):
            return Taken(response_key, response_key, None)
        sets = tuple(node.selection_set.selections for node in nodes if node.selection_set)
        complete = self._type(self.type_of(type_, name), sets, f"{type_.name}.{name}")
        return Taken(response_key, data_key(response_key), complete)

    def type_of(self, type_: GraphQLObjectType, name: str) -> GraphQLOutputType:
        """Of a field."""
        fields, held = type_.fields, cast("Any", type_)
        if name not in fields:  # of the only type that an interface object can be
            fields = self.api.get_possible_types(held)[0].fields
        kind: GraphQLOutputType = fields[name].type
        return kind

    def _type(self, type_: GraphQLOutputType, sets: tuple[Iterable[SelectionNode], ...], place: str) -> Any:
        if is_non_null_type(type_):
            return _non_null(self._type(type_.of_type, sets, place), place)
        if is_list_type(type_):
            return _list(self._type(type_.of_type, sets, place), place)
        if is_object_type(type_):
            return self._object(type_, sets)
        if is_abstract_type(type_):
            return self._abstract(type_, sets)
        if is_enum_type(type_):
            return _enum(type_, self._hidden_values.get(type_.name, frozenset()), place)
        scalar = str(type_)
        return _scalar(scalar, place) if scalar in LEAF_KINDS else None

    def depends_on_type(self, type_: GraphQLAbstractType, sets: tuple[Iterable[SelectionNode], ...]) -> bool:
        """Whether an interface object can be answered only once its concrete type is known."""
        asked = self.collected(cast("Any", type_), sets)
        if any(nodes[0].name.value == TYPENAME for nodes in asked.values()):
            return True
        return any(self.collected(each, sets) != asked for each in self.api.get_possible_types(type_))

    def _abstract(self, type_: GraphQLAbstractType, sets: tuple[Iterable[SelectionNode], ...]) -> Any:
        possible: dict[str, Any] = {each.name: each for each in self.api.get_possible_types(type_)}
        if is_interface_type(type_):
            possible[type_.name] = type_  # what a graph answers that holds an interface object
        compiled: dict[str, Any] = {}

        def complete(value: Any, path: LinkedPath | None, completion: Completion) -> Any:
            if value is None:
                return None
            type_name = value.get(TYPENAME) if isinstance(value, dict) else None
            if not isinstance(type_name, str) or type_name not in possible:
                if isinstance(type_name, str) and type_name in self._hidden_types:
                    return None
                completion.note(path, f"Expected an object of type {type_.name}.")
                return NULLED
            if type_name not in compiled:
                kind = possible[type_name]
                is_unknown = kind is type_ and self.depends_on_type(kind, sets)
                compiled[type_name] = _unknown if is_unknown else self._object(kind, sets)
            return compiled[type_name](value, path, completion)

        return complete


def _object(fields: list[Taken], type_name: str) -> Any:
    def complete(value: Any, path: LinkedPath | None, completion: Completion) -> Any:
        if not isinstance(value, dict):
            if value is None:
                return None
            completion.note(path, f"Expected an object of type {type_name}.")
            return NULLED
        answer: dict[str, Any] = {}
        for response_key, key, complete_field, constant in fields:
            if complete_field is None:
                answer[response_key] = value.get(key) if constant is None else constant
                continue
            inner = complete_field(value.get(key), (path, response_key), completion)
            if inner is BUBBLE:
                return NULLED
            answer[response_key] = None if inner is NULLED else inner
        return answer

    return complete


def _non_null(inner: Any, place: str) -> Any:
    message = f"Cannot return null for non-nullable field {place}."

    def complete(value: Any, path: LinkedPath | None, completion: Completion) -> Any:
        if inner is not None:
            value = inner(value, path, completion)
        if value is None:
            completion.note(path, message)
            return BUBBLE
        return BUBBLE if value is NULLED else value

    return complete


def _list(inner: Any, place: str) -> Any:
    def complete(value: Any, path: LinkedPath | None, completion: Completion) -> Any:
        if value is None:
            return None
        if not isinstance(value, list):
            completion.note(path, f"Expected a list for field {place}.")
            return NULLED
        if inner is None:
            return value
        answer = []
        for index, item in enumerate(value):
            completed = inner(item, (path, index), completion)
            if completed is BUBBLE:
                return NULLED
            answer.append(None if completed is NULLED else completed)
        return answer

    return complete


def _unknown(_: Any, path: LinkedPath | None, completion: Completion) -> Any:
    completion.note(path, "The concrete type is not known: the service that could tell it did not.")
    return NULLED


def _scalar(type_name: str, place: str) -> Any:
    kinds = LEAF_KINDS[type_name]

    def complete(value: Any, path: LinkedPath | None, completion: Completion) -> Any:
        if value is None or type(value) in kinds:
            return value
        if type_name == "ID" and type(value) is int:
            return str(value)
        if type_name == "Int" and type(value) is float and value.is_integer():
            return int(value)
        completion.note(path, f"Field {place} has a value that is no {type_name}.")
        return NULLED

    return complete


def _enum(type_: GraphQLEnumType, hidden: frozenset[str], place: str) -> Any:
    known = frozenset(type_.values)

    def complete(value: Any, path: LinkedPath | None, completion: Completion) -> Any:
        if value is None or (isinstance(value, str) and value in known):
            return value
        if not isinstance(value, str) or value not in hidden:
            completion.note(path, f"Field {place} has a value that {type_.name} does not.")
            return NULLED
        return None

    return complete
