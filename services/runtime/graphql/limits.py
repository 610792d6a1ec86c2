"""How deep, how long and how wide a document may be, fragments unfolded."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from services.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """`most_tokens` also bounds the fields of a document once its fragments are unfolded."""

    deepest: int
    most_tokens: int
    most_aliases: int
    most_cost: int


@dataclass(frozen=True, slots=True)
class Size:
    depth: int = 0
    fields: int = 0
    aliases: int = 0


def limits_of(settings: Settings) -> Limits:
    return Limits(
        deepest=settings.graphql_max_depth,
        most_tokens=settings.graphql_max_tokens,
        most_aliases=settings.graphql_max_aliases,
        most_cost=settings.graphql_max_cost,
    )


def beyond_limits(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    sizes = _Sizes(document)
    errors = []
    for operation in sizes.operations:
        size = sizes.of(operation.selection_set)
        refuse = partial(_refuse, operation)
        if size.depth > limits.deepest:
            errors.append(refuse("too-deep", f"The operation is {size.depth} deep, over {limits.deepest}."))
        if size.fields > limits.most_tokens:
            errors.append(
                refuse("too-wide", f"The operation asks for over {limits.most_tokens} fields, all unfolded.")
            )
        if size.aliases > limits.most_aliases:
            errors.append(
                refuse("too-many-aliases", f"The operation has over {limits.most_aliases} aliases.")
            )
    return errors


def _refuse(operation: OperationDefinitionNode, code: str, message: str) -> GraphQLError:
    return GraphQLError(message, [operation], extensions={"code": code})


class _Sizes:
    """Each fragment is measured once, however often it is spread: a bomb of fragments costs its length."""

    def __init__(self, document: DocumentNode) -> None:
        self.operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Size] = {}
        self._open: set[str] = set()

    def of(self, selections: SelectionSetNode) -> Size:
        depth = fields = aliases = 0
        for inner in self._inner_sizes(selections):
            depth = max(depth, inner.depth)
            fields += inner.fields
            aliases += inner.aliases
        return Size(depth, fields, aliases)

    def _inner_sizes(self, selections: SelectionSetNode) -> Iterator[Size]:
        for node in selections.selections:
            yield self._of_node(node)

    def _of_node(self, node: SelectionNode) -> Size:
        match node:
            case FieldNode():
                below = self.of(node.selection_set) if node.selection_set else Size()
                return Size(below.depth + 1, below.fields + 1, below.aliases + (node.alias is not None))
            case InlineFragmentNode():
                return self.of(node.selection_set)
            case FragmentSpreadNode():
                return self._of_fragment(node.name.value)
            case _:
                return Size()

    def _of_fragment(self, name: str) -> Size:
        fragment = self._fragments.get(name)
        # Unknown and circular fragments are validation's to refuse.
        if fragment is None or name in self._open:
            return Size()
        if name not in self._measured:
            self._open.add(name)
            self._measured[name] = self.of(fragment.selection_set)
            self._open.discard(name)
        return self._measured[name]
