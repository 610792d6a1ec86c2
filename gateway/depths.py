"""How deep a document goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
)

from gateway.introspection import INTROSPECTION

if TYPE_CHECKING:
    from graphql.language import DocumentNode, SelectionSetNode


class Depth:
    """With its fragments unfolded; what asks the schema itself is limited by a rule of its own."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, int] = {}

    def deepest(self) -> int:
        operations = [
            node for node in self._document.definitions if isinstance(node, OperationDefinitionNode)
        ]
        return max((self._of(node.selection_set) for node in operations), default=0)

    def _of(self, selections: SelectionSetNode | None) -> int:
        deepest = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                depth = 1 + (0 if node.name.value in INTROSPECTION else self._of(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                depth = self._of_fragment(node.name.value)
            else:
                depth = self._of(getattr(node, "selection_set", None))
            deepest = max(deepest, depth)
        return deepest

    def _of_fragment(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = 0  # a fragment that spreads itself is refused by validation
            if name in self._fragments:
                self._known[name] = self._of(self._fragments[name].selection_set)
        return self._known[name]
