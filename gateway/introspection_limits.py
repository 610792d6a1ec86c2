"""Of the schema itself everything may be asked, but not over and over in one document.

Its lists are as long as the schema, which costs do not know: asked for sixty times they are a second of work.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from graphql import GraphQLError
from graphql.language import FieldNode, OperationDefinitionNode

if TYPE_CHECKING:
    from graphql.language import DocumentNode

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
