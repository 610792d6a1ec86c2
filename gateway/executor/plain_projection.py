"""The projection of answers in which nothing is wrong, as one function written for the operation.

Of a thousand answers nearly all are plain: no error, no null where there may be none, no value that is hidden
or of another kind. For these a function of dictionary displays and loops does what the closures of
`projection.py` do, in a fraction of the time. Whatever is not plain raises one of `NOT_PLAIN`, and those
closures then say what exactly comes of it: this module never decides about a null or an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from graphql.type import (
    is_abstract_type,
    is_enum_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from gateway.planner.normalize import data_key
from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql.language import FieldNode
    from graphql.type import (
        GraphQLAbstractType,
        GraphQLNamedType,
        GraphQLObjectType,
        GraphQLOutputType,
        GraphQLSchema,
    )

NOT_PLAIN = (KeyError, TypeError, AttributeError)
MOST_LEVELS = 8
"""Of objects and lists in one function: Python nests no more than twenty loops."""
MOST_LINES = 20_000

LEAF_KINDS: Mapping[str, frozenset[type]] = {
    "Int": frozenset({int}),
    "Float": frozenset({float, int}),
    "String": frozenset({str}),
    "Boolean": frozenset({bool}),
    "ID": frozenset({str}),
}
"""What JSON has for the scalars of the specification; those of a schema's own may be anything."""


class NotPlainError(TypeError):
    pass


class Selections(Protocol):
    """What is asked of objects, by type."""

    @property
    def api(self) -> GraphQLSchema: ...

    def collected(self, type_: GraphQLObjectType, sets: Any) -> Mapping[str, list[FieldNode]]: ...

    def type_of(self, type_: GraphQLObjectType, name: str) -> GraphQLOutputType: ...

    def depends_on_type(self, type_: GraphQLAbstractType, sets: Any) -> bool: ...


class _TooLargeError(NotPlainError):
    pass


def plain_projection(
    selections: Selections, root: GraphQLObjectType, sets: Any
) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """None for an operation that would make too much source."""
    try:
        function: Callable[[dict[str, Any]], dict[str, Any]] = _Writer(selections).function(root, sets)
    except _TooLargeError:
        return None
    return function


class _Writer:
    """Writes one function at a time; what others it calls are among its constants."""

    def __init__(self, selections: Selections) -> None:
        self._selections = selections
        self._constants: dict[str, Any] = {"NotPlainError": NotPlainError}
        self._lines: list[str] = []
        self._names = 0

    def function(self, type_: GraphQLObjectType, sets: Any) -> Any:
        result = self._object(type_, sets, "value", 1, 0)
        source = "\n".join(["def project(value):", *self._lines, f"    return {result}"])
        scope = self._constants
        # Names of the schema and of clients stand in it as literals only, made by repr.
        exec(compile(source, "<projection>", "exec"), scope)  # noqa: S102
        return scope["project"]

    def _write(self, indent: int, line: str) -> None:
        self._lines.append("    " * indent + line)
        if len(self._lines) > MOST_LINES:
            raise _TooLargeError

    def _name(self) -> str:
        self._names += 1
        return f"v{self._names}"

    def _constant(self, value: Any) -> str:
        self._names += 1
        name = f"C{self._names}"
        self._constants[name] = value
        return name

    def _object(self, type_: GraphQLObjectType, sets: Any, source: str, indent: int, level: int) -> str:
        """Writes what takes an object from the variable `source`, and returns its expression."""
        if level > MOST_LEVELS:
            inner = _Writer(self._selections).function(type_, sets)
            return f"{self._constant(inner)}({source})"
        shown: list[str] = []
        wrong: list[str] = []
        is_read = False
        for response_key, nodes in self._selections.collected(type_, sets).items():
            name = nodes[0].name.value
            if name == TYPENAME:
                shown.append(f"{response_key!r}: {type_.name!r}")
                continue
            is_read = True
            if name.startswith("__"):
                shown.append(f"{response_key!r}: {source}[{response_key!r}]")
                continue
            below = tuple(node.selection_set.selections for node in nodes if node.selection_set)
            taken = f"{source}[{data_key(response_key)!r}]"
            kind = self._selections.type_of(type_, name)
            shown.append(f"{response_key!r}: {self._value(kind, below, taken, wrong, indent, level)}")
        if wrong:
            self._write(indent, f"if {' or '.join(wrong)}:")
            self._write(indent + 1, "raise NotPlainError")
        if not is_read:
            self._write(indent, f"if type({source}) is not dict:")
            self._write(indent + 1, "raise NotPlainError")
        return "{" + ", ".join(shown) + "}"

    def _value(
        self,
        type_: GraphQLOutputType,
        sets: Any,
        taken: str,
        wrong: list[str],
        indent: int,
        level: int,
    ) -> str:
        """The expression of a value. What may not be so of leaves goes to `wrong`: one look at all."""
        is_required = is_non_null_type(type_)
        kind: Any = type_.of_type if is_non_null_type(type_) else type_
        if is_enum_type(kind):
            value = self._name()
            known = self._constant(frozenset(kind.values) | (set() if is_required else {None}))
            self._write(indent, f"{value} = {taken}")
            self._write(indent, f"if {value} not in {known}:")
            self._write(indent + 1, "raise NotPlainError")
            return value
        if not (is_list_type(kind) or is_object_type(kind) or is_abstract_type(kind)):
            if not is_required and kind.name not in LEAF_KINDS:
                return taken
            value = self._name()
            self._write(indent, f"{value} = {taken}")
            wrong.append(_wrong_leaf(kind.name, value, is_required=is_required))
            return value
        value, result = self._name(), self._name()
        self._write(indent, f"{value} = {taken}")
        if not is_required:
            self._write(indent, f"if {value} is None:")
            self._write(indent + 1, f"{result} = None")
            self._write(indent, "else:")
            indent += 1
        self._whole(kind, sets, value, result, indent, level)
        return result

    def _whole(self, kind: Any, sets: Any, value: str, result: str, indent: int, level: int) -> None:
        """Writes what makes `result` of a list or an object that is there."""
        if is_list_type(kind):
            self._list(kind.of_type, sets, value, result, indent, level)
        elif is_object_type(kind):
            self._write(indent, f"{result} = {self._object(kind, sets, value, indent, level + 1)}")
        else:
            kinds = self._constant(_Kinds(self._selections, kind, sets))
            self._write(indent, f"{result} = {kinds}[{value}[{TYPENAME!r}]]({value})")

    def _list(self, item: Any, sets: Any, value: str, result: str, indent: int, level: int) -> None:
        if level > 2 * MOST_LEVELS:
            raise _TooLargeError  # lists of lists of lists
        self._write(indent, f"if type({value}) is not list:")
        self._write(indent + 1, "raise NotPlainError")
        named = item.of_type if is_non_null_type(item) else item
        if not (is_list_type(named) or is_object_type(named) or is_abstract_type(named)):
            if is_enum_type(named):
                known = self._constant(frozenset(named.values) | (set() if named is not item else {None}))
                self._write(indent, f"if not {known}.issuperset({value}):")
                self._write(indent + 1, "raise NotPlainError")
            elif named.name in LEAF_KINDS:
                kinds = self._constant(
                    LEAF_KINDS[named.name] | (set() if named is not item else {type(None)})
                )
                self._write(indent, f"if not {kinds}.issuperset(map(type, {value})):")
                self._write(indent + 1, "raise NotPlainError")
            elif named is not item:
                self._write(indent, f"if None in {value}:")
                self._write(indent + 1, "raise NotPlainError")
            self._write(indent, f"{result} = {value}")
            return
        each = self._name()
        self._write(indent, f"{result} = []")
        self._write(indent, f"for {each} in {value}:")
        shown = self._value(item, sets, each, [], indent + 1, level + 1)
        self._write(indent + 1, f"{result}.append({shown})")


class _Kinds(dict[str, Any]):
    """The functions of the concrete types of an abstract place, each written when first met."""

    def __init__(self, selections: Selections, type_: GraphQLAbstractType, sets: Any) -> None:
        super().__init__()
        possible: dict[str, GraphQLNamedType] = {
            each.name: each for each in selections.api.get_possible_types(type_)
        }
        if is_interface_type(type_):
            possible[type_.name] = type_  # what a graph answers that holds an interface object
        self._selections, self._possible, self._sets = selections, possible, sets

    def __missing__(self, type_name: str) -> Any:
        if type_name not in self._possible:
            raise NotPlainError
        kind: Any = self._possible[type_name]
        try:
            if is_interface_type(kind) and self._selections.depends_on_type(kind, self._sets):
                function = _not_plain
            else:
                function = _Writer(self._selections).function(kind, self._sets)
        except _TooLargeError:
            function = _not_plain
        self[type_name] = function
        return function


def _not_plain(_: Any) -> None:
    raise NotPlainError


def _wrong_leaf(type_name: str, value: str, *, is_required: bool) -> str:
    """The condition under which the leaf in the variable `value` is not as its type has it."""
    if type_name not in LEAF_KINDS:
        return f"{value} is None"
    kinds = " and ".join(
        f"type({value}) is not {kind.__name__}" for kind in sorted(LEAF_KINDS[type_name], key=repr)
    )
    return f"({kinds})" if is_required else f"({kinds} and {value} is not None)"
