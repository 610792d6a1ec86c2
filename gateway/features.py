"""What a supergraph asks of whoever executes it, and a refusal of what this gateway would get wrong.

Source: the `link` and `join` specifications. A feature marked for execution or security changes answers: one
that is not known must not be ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql.language import DirectiveDefinitionNode, DocumentNode, SchemaDefinitionNode, TypeDefinitionNode
from graphql.utilities import value_from_ast_untyped

from gateway.override_labels import is_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql.language import ConstDirectiveNode

MACHINERY = ("join__", "link__", "core__", "context__")
KNOWN_FEATURES = {"link", "join", "inaccessible", "tag", "context"}
KNOWN_JOIN_VERSIONS = {"v0.2", "v0.3", "v0.4", "v0.5"}
HARMLESS_JOIN_DIRECTIVES = {"tag", "cost", "listSize", "cacheTag"}


class UnsupportedSupergraphError(Exception):
    """The supergraph asks for something this gateway would get wrong; the message says what and where."""


def directives_of(node: Any, name: str) -> list[dict[str, Any]]:
    """The arguments of each use of a directive on a definition."""
    return [_arguments(directive) for directive in node.directives or () if directive.name.value == name]


def _arguments(directive: ConstDirectiveNode) -> dict[str, Any]:
    return {
        argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments or ()
    }


def check_features(document: DocumentNode) -> None:
    """Raises `UnsupportedSupergraphError` for the first thing that cannot be honoured."""
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode):
            for link in directives_of(node, "link"):
                _check_link(link)
            for carried in directives_of(node, "join__directive"):
                _check_carried(carried, "the schema")
        elif isinstance(node, DirectiveDefinitionNode) and node.name.value == "join__owner":
            raise UnsupportedSupergraphError(
                "@join__owner: join v0.1, from before Federation 2, is not known"
            )
    for place, node in _places(document):
        for carried in directives_of(node, "join__directive"):
            _check_carried(carried, place)
        for joined in directives_of(node, "join__field"):
            _check_field(joined, place)


def _check_link(link: dict[str, Any]) -> None:
    *_, name, version = f"//{link.get('url', '')}".rstrip("/").split("/")
    shown = f'@link(url: "{link.get("url")}") on the schema'
    if name == "join" and version not in KNOWN_JOIN_VERSIONS:
        raise UnsupportedSupergraphError(f"{shown}: join {version} is not known")
    if name not in KNOWN_FEATURES and link.get("for"):
        raise UnsupportedSupergraphError(f"{shown}: not supported, and it is marked for {link['for']}")


def _check_carried(carried: dict[str, Any], place: str) -> None:
    name = carried.get("name")
    if name == "link" and "/connect/" not in str(carried.get("args", {}).get("url", "")):
        return
    if name not in HARMLESS_JOIN_DIRECTIVES:
        raise UnsupportedSupergraphError(f'@join__directive(name: "{name}") on {place}: not supported')


def _check_field(joined: dict[str, Any], place: str) -> None:
    label = joined.get("overrideLabel")
    if label and not is_label(label):
        raise UnsupportedSupergraphError(
            f'@override(label: "{label}") on {place}: neither a name nor percent(0) to percent(100)'
        )
    for argument in joined.get("contextArguments") or ():
        if not all(argument.get(part) for part in ("name", "context", "selection", "type")):
            raise UnsupportedSupergraphError(f"@fromContext on {place}: {argument} cannot be read")


def _places(document: DocumentNode) -> Iterator[tuple[str, Any]]:
    """Every type and field definition, with the name people know it by."""
    for node in document.definitions:
        if isinstance(node, TypeDefinitionNode):
            yield node.name.value, node
            for part in getattr(node, "fields", None) or ():
                yield f"{node.name.value}.{part.name.value}", part
