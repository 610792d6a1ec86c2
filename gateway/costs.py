"""What an operation may come to, told before it is planned: its fields, those below a list once an item.

A page counts for what `first` asks, and any other list for `UNSIZED`. Subgraphs may count by the same rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    IntValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphql import (
        DocumentNode,
        GraphQLArgument,
        GraphQLCompositeType,
        GraphQLField,
        GraphQLNamedType,
        GraphQLSchema,
        OperationDefinitionNode,
        SelectionSetNode,
        ValueNode,
    )

UNSIZED = 10  # what a list without a length of its own is taken for: contributions, instalments, types...
SIZE = "first"
KEPT = 64


class _Sum(NamedTuple):
    """`per_item` is what stands below the lists of a page, whose length only its field knows."""

    once: int = 0
    per_item: int = 0


class Costs:
    """Of the operations of one document that has passed validation."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.sizes = sorted(set(_variables_of_sizes(document)))
        """Variables that say how long a list is to be."""
        self._known: dict[tuple[Any, ...], int] = {}

    def of(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """`variables` are coerced: defaults are among them."""
        sizes = {name: _size(variables.get(name)) for name in self.sizes}
        key = (operation.name.value if operation.name else None, *sizes.values())
        cost = self._known.get(key)
        if cost is None:
            root = self._schema.get_root_type(operation.operation)
            cost = _Count(self._schema, self._fragments, sizes).below(operation.selection_set, root).once
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = cost
        return cost


class _Count:
    """Each fragment is counted once, however often it is spread."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        sizes: Mapping[str, int | None],
    ) -> None:
        self._schema, self._fragments, self._sizes = schema, fragments, sizes
        self._counted: dict[str, _Sum] = {}

    def below(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None) -> _Sum:
        once = per_item = 0
        for node in selections.selections if selections else ():
            match node:
                case FieldNode():
                    found = self._of_field(node, parent)
                case FragmentSpreadNode():
                    found = self._of_fragment(node.name.value)
                case InlineFragmentNode():
                    condition = node.type_condition
                    kind = self._schema.get_type(condition.name.value) if condition else parent
                    found = self.below(node.selection_set, kind)
                case _:
                    found = _Sum()
            once += found.once
            per_item += found.per_item
        return _Sum(once, per_item)

    def _of_field(self, node: FieldNode, parent: Any) -> _Sum:
        field = self._schema.get_field(parent, node.name.value)
        if field is None or node.selection_set is None:
            return _Sum(1)
        below = self.below(node.selection_set, get_named_type(field.type))
        is_list = is_list_type(get_nullable_type(field.type))
        if is_list and _is_page(parent):
            return _Sum(1, below.once)
        items = self._items(node, field)
        if is_list:
            return _Sum(1 + items * below.once)
        return _Sum(1 + below.once + items * below.per_item)

    def _of_fragment(self, name: str) -> _Sum:
        found = self._counted.get(name)
        if found is None:
            fragment = self._fragments[name]
            parent = self._schema.get_type(fragment.type_condition.name.value)
            found = self._counted[name] = self.below(fragment.selection_set, parent)
        return found

    def _items(self, node: FieldNode, field: GraphQLField) -> int:
        if SIZE not in field.args:
            return UNSIZED
        given = next((each.value for each in node.arguments or () if each.name.value == SIZE), None)
        asked = self._asked(given)
        if asked is None:
            asked = _default(field.args[SIZE])
        return UNSIZED if asked is None else max(asked, 1)

    def _asked(self, value: ValueNode | None) -> int | None:
        match value:
            case VariableNode():
                return self._sizes.get(value.name.value)
            case IntValueNode():
                return int(value.value)
            case _:
                return None


def _size(value: Any) -> int | None:
    """None for what is no size: execution refuses it, or takes the default."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _default(argument: GraphQLArgument) -> int | None:
    """A schema from a text keeps a default as it was written there, one from code its value."""
    default = argument.default
    if default is None:
        return _size(argument.default_value)
    return int(default.literal.value) if isinstance(default.literal, IntValueNode) else _size(default.value)


def _is_page(kind: GraphQLCompositeType | None) -> bool:
    return isinstance(kind, GraphQLObjectType) and "pageInfo" in kind.fields


def _variables_of_sizes(document: DocumentNode) -> Iterator[str]:
    stack = [node.selection_set for node in document.definitions if hasattr(node, "selection_set")]
    while stack:
        for node in stack.pop().selections:
            for argument in getattr(node, "arguments", None) or ():
                if argument.name.value == SIZE and isinstance(argument.value, VariableNode):
                    yield argument.value.name.value
            below = getattr(node, "selection_set", None)
            if below is not None:
                stack.append(below)
