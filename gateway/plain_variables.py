"""Variables that are taken as they are: scalars of the specification, given with values of just their kind.

Anything else is graphql-core's to coerce or to refuse, which costs ten times as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql.language import NamedTypeNode, NonNullTypeNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql.language import VariableDefinitionNode

KINDS: dict[str, type] = {"Int": int, "String": str, "Boolean": bool, "ID": str}
SMALLEST_INT, LARGEST_INT = -(2**31), 2**31 - 1


def plain_kinds(definitions: Iterable[VariableDefinitionNode]) -> Mapping[str, type] | None:
    """By name; None if the variables are not all of such types."""
    kinds: dict[str, type] = {}
    for definition in definitions:
        node = definition.type.type if isinstance(definition.type, NonNullTypeNode) else definition.type
        if not isinstance(node, NamedTypeNode) or node.name.value not in KINDS:
            return None
        kinds[definition.variable.name.value] = KINDS[node.name.value]
    return kinds


def plain_values(kinds: Mapping[str, type], given: Mapping[str, Any]) -> dict[str, Any] | None:
    """None if a value is missing, null or of another kind."""
    values: dict[str, Any] = {}
    for name, kind in kinds.items():
        value: Any = given.get(name)
        if kind is int and isinstance(value, int) and not SMALLEST_INT <= value <= LARGEST_INT:
            return None
        if type(value) is not kind:  # a bool is an int to isinstance
            return None
        values[name] = value
    return values
