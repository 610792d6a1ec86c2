"""No list longer than is accepted, whether a client gives it, as a value, or asks for it, by `first`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLError
from graphql.language import IntValueNode, ListValueNode, Node

from gateway.costs import SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql.language import DocumentNode


MOST_LEVELS = 100
"""Of a value that a client gives: no input type has as many, and no subgraph could be told more."""


class ValueTooDeepError(GraphQLError):
    pass


class ListTooLongError(GraphQLError):
    """Tells the limit."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what} is longer than {limit} items.", extensions={"limit": limit})


def check_document(document: DocumentNode, limit: int) -> None:
    """What stands in the document itself; its tokens are limited, and so is the walk."""
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, (list, tuple)):
            stack.extend(node)
        elif isinstance(node, ListValueNode) and len(node.values) > limit:
            raise ListTooLongError("A list in the document", limit)
        elif isinstance(node, Node):
            if node.kind == "argument" and _size(node) > limit:
                raise ListTooLongError("A list that is asked for", limit)
            stack.extend(getattr(node, key, None) for key in node.keys)


def check_given(variables: Mapping[str, Any], limit: int) -> None:
    """Before they are coerced, which costs something for each item."""
    stack = [(value, 1) for value in variables.values() if isinstance(value, (list, dict))]
    while stack:
        value, level = stack.pop()
        if level > MOST_LEVELS:
            raise ValueTooDeepError(f"A value in the variables is more than {MOST_LEVELS} levels deep.")
        if isinstance(value, list) and len(value) > limit:
            raise ListTooLongError("A list in the variables", limit)
        below = value if isinstance(value, list) else value.values()
        stack.extend((each, level + 1) for each in below if isinstance(each, (list, dict)))


def check_sizes(coerced: Mapping[str, Any], names: Iterable[str], limit: int) -> None:
    """`names` are the variables that stand for `first`."""
    for name in names:
        value = coerced.get(name)
        if isinstance(value, int) and value > limit:
            raise ListTooLongError("A list that is asked for", limit)


def _size(argument: Any) -> int:
    is_size = argument.name.value == SIZE and isinstance(argument.value, IntValueNode)
    # Digits first: a number of thousands of them is refused as such by the language's own conversion.
    return int(argument.value.value[:12]) if is_size else 0
