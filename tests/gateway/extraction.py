"""The subgraphs that a supergraph was composed of, read back from its `join__` directives.

A suite, or a supergraph split at random, is then one text: what each graph knows is not written twice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graphql.language import (
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

from gateway.features import MACHINERY, directives_of

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPOSITE = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, InputObjectTypeDefinitionNode)


def supergraph(graphs: str, definitions: str, *, roots: str = "query: Query") -> str:
    """The text of a supergraph with these graphs (`"A B"`), whose names are theirs in small letters."""
    values = " ".join(
        f'{name} @join__graph(name: "{name.lower()}", url: "http://{name.lower()}")'
        for name in graphs.split()
    )
    return (
        'schema @link(url: "https://specs.apollo.dev/link/v1.0") '
        f'@link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) {{ {roots} }}\n'
        f"enum join__Graph {{ {values} }}\n{definitions}"
    )


def subgraphs_of(sdl: str) -> dict[str, str]:
    """The SDL of each subgraph by its name."""
    document = parse(sdl)
    names: dict[str, str] = {}
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
            for value in node.values or ():
                names[value.name.value] = directives_of(value, "join__graph")[0]["name"]
    types = [
        node
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode) and not node.name.value.startswith(MACHINERY)
    ]
    directives = [node for node in document.definitions if isinstance(node, DirectiveDefinitionNode)]
    told = "\n".join(print_ast(node) for node in directives if not node.name.value.startswith(MACHINERY))
    return {name: "\n".join([told, *_types(types, graph)]) for graph, name in names.items()}


def _types(types: list[TypeDefinitionNode], graph: str) -> Iterator[str]:
    for node in types:
        joined = [each for each in directives_of(node, "join__type") if each["graph"] == graph]
        if not joined:
            continue
        keys = " ".join(
            f'@key(fields: "{each["key"]}", resolvable: {str(each.get("resolvable", True)).lower()})'
            for each in joined
            if each.get("key")
        )
        if isinstance(node, COMPOSITE):
            yield _composite(
                node, graph, keys, as_object=any(each.get("isInterfaceObject") for each in joined)
            )
        elif isinstance(node, UnionTypeDefinitionNode):
            members = [each["member"] for each in _here(node, "join__unionMember", graph)]
            yield f"union {node.name.value} = {' | '.join(members)}"
        elif isinstance(node, EnumTypeDefinitionNode):
            values = [value for value in node.values or () if _here(value, "join__enumValue", graph)]
            yield print_ast(replace(node, directives=(), values=tuple(_bare(value) for value in values)))
        else:
            yield print_ast(_bare(node))


def _composite(node: Any, graph: str, keys: str, *, as_object: bool) -> str:
    word = {
        ObjectTypeDefinitionNode: "type",
        InterfaceTypeDefinitionNode: "type" if as_object else "interface",
        InputObjectTypeDefinitionNode: "input",
    }[type(node)]
    implemented = [each["interface"] for each in _here(node, "join__implements", graph)]
    fields = [text for part in node.fields if (text := _field(part, graph))]
    if not fields:
        return ""
    interfaces = f" implements {' & '.join(implemented)}" if implemented else ""
    return f"{word} {node.name.value}{interfaces} {keys} {{\n  " + "\n  ".join(fields) + "\n}"


def _field(part: Any, graph: str) -> str:
    joined = directives_of(part, "join__field")
    here = [each for each in joined if each.get("graph") == graph]
    if joined and not here:
        return ""
    facts = here[0] if here else {}
    bare = _bare(part)
    if facts.get("type"):
        bare = replace(bare, type=_type(facts["type"]))
    for told in facts.get("contextArguments") or ():
        bare = replace(bare, arguments=(*(bare.arguments or ()), _argument(told["name"], told["type"])))
    text = print_ast(bare)
    if facts.get("external") or facts.get("usedOverridden"):
        text += " @external"
    for directive in ("requires", "provides"):
        if facts.get(directive):
            text += f' @{directive}(fields: "{facts[directive].replace(chr(34), chr(92) + chr(34))}")'
    return text


def _type(text: str) -> Any:
    definition: Any = parse(f"type T {{ f: {text} }}").definitions[0]
    return definition.fields[0].type


def _argument(name: str, type_name: str) -> Any:
    definition: Any = parse(f"type T {{ f({name}: {type_name}): Int }}").definitions[0]
    return definition.fields[0].arguments[0]


def _here(node: Any, name: str, graph: str) -> list[dict[str, Any]]:
    return [each for each in directives_of(node, name) if each["graph"] == graph]


def _bare(node: Any) -> Any:
    arguments = tuple(_bare(argument) for argument in getattr(node, "arguments", None) or ())
    more = {"arguments": arguments} if arguments else {}
    return replace(node, directives=(), description=None, **more)
