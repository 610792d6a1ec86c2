"""What a document asks of the schema itself. Everything may be asked, but not over and over.

Its lists are as long as the schema, which costs do not know: asked for sixty times they are a second of work.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from graphql import GraphQLError
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

if TYPE_CHECKING:
    from graphql.language import DocumentNode, NamedTypeNode, SelectionNode, SelectionSetNode

INTROSPECTION = {"__schema", "__type"}
LISTS = frozenset(
    ["args", "directives", "enumValues", "fields", "inputFields", "interfaces", "possibleTypes", "types"]
)
MOST_OF_EACH = 3
"""The query that tools send asks for each once or twice."""
MOST_ROOTS = 20
MOST_OF_OTHERS = 1_000


def check_introspection(document: DocumentNode) -> None:
    """Raises `GraphQLError`. Its operation has no fragment spreads left."""
    counts: Counter[str] = Counter()
    stack = [node.selection_set for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    while stack:
        for node in stack.pop().selections:
            if isinstance(node, FieldNode):
                name = node.name.value
                counts[name] += 1
                if counts[name] > (MOST_OF_EACH if name in LISTS else MOST_OF_OTHERS):
                    raise GraphQLError(f"{name} of the schema is asked for too often in one document.")
            below = getattr(node, "selection_set", None)
            if below is not None:
                stack.append(below)
    if counts["__schema"] + counts["__type"] > MOST_ROOTS:
        raise GraphQLError(f"The schema is asked for more than {MOST_ROOTS} times in one document.")


def schema_part(document: DocumentNode, operation: OperationDefinitionNode) -> DocumentNode | None:
    """The operation with nothing but `__schema` and `__type`, to be answered without any subgraph.

    Each fragment is looked through once, however often it is spread: nothing has counted them yet.
    """
    of_fragments: dict[str, SelectionSetNode | None] = {}
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }

    def kept(selections: SelectionSetNode) -> SelectionSetNode | None:
        nodes: list[SelectionNode] = []
        for node in selections.selections:
            condition: NamedTypeNode | None
            if isinstance(node, FieldNode):
                if node.name.value in INTROSPECTION:
                    nodes.append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                fragment = fragments[node.name.value]
                if fragment.name.value not in of_fragments:
                    of_fragments[fragment.name.value] = kept(fragment.selection_set)
                inner, condition = of_fragments[fragment.name.value], fragment.type_condition
            else:
                inline = cast("InlineFragmentNode", node)
                inner, condition = kept(inline.selection_set), inline.type_condition
            if inner is not None:
                nodes.append(
                    InlineFragmentNode(
                        type_condition=condition, directives=node.directives, selection_set=inner
                    )
                )
        return replace(selections, selections=tuple(nodes)) if nodes else None

    part = kept(operation.selection_set)
    if part is None:
        return None
    return replace(document, definitions=(replace(operation, selection_set=part), *fragments.values()))
