"""No document in which so many fields share a name in one place that comparing them would take long.

Validation compares each pair of them, and all that stands below, to know that they can be one field: a
document of a few thousand characters can mean a hundred thousand comparisons, or a second. Here each place is
looked at once, fragments unfolded, whatever types they are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLError
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql.language import DocumentNode, SelectionSetNode

MOST_PAIRS = 2_000


def check_repeated_fields(document: DocumentNode, *, most_fields: int) -> None:
    """Raises `GraphQLError`; also for more than `most_fields` once fragments are unfolded."""
    fragments = {
        node.name.value: node.selection_set
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    places = [
        [node.selection_set]
        for node in document.definitions
        if isinstance(node, (OperationDefinitionNode, FragmentDefinitionNode))
    ]
    pairs = looked_at = 0
    while places:
        named = _fields_of(places.pop(), fragments)
        for fields in named.values():
            pairs += len(fields) * (len(fields) - 1) // 2
            looked_at += len(fields)
            below = [field.selection_set for field in fields if field.selection_set is not None]
            if below:
                places.append(below)
        if pairs > MOST_PAIRS:
            raise GraphQLError("Too many fields of one name stand in one place; name each of them once.")
        if looked_at > most_fields:
            raise GraphQLError(f"The document comes to more than {most_fields} fields.")


def _fields_of(
    place: list[SelectionSetNode], fragments: Mapping[str, SelectionSetNode]
) -> dict[str, list[FieldNode]]:
    """By the name that each has in an answer. A fragment counts once a place, however often it is spread."""
    named: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()
    stack = list(place)
    while stack:
        for node in stack.pop().selections:
            if isinstance(node, FieldNode):
                named.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                stack.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                if node.name.value in fragments:  # what is not there is for validation to tell
                    stack.append(fragments[node.name.value])
    return named
