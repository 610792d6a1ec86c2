"""A composed supergraph, read into the facts a planner needs: which graph can give what, and how to get
there.

Source: the `join` and `link` specifications of Apollo Federation. What the planner cannot honour is
refused here,
when the gateway starts, with the directive and the place where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from graphql import build_ast_schema
from graphql.language import (
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
)
from graphql.type import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
)

from gateway.features import (
    KNOWN_FEATURES,
    MACHINERY,
    UnsupportedSupergraphError,
    check_features,
    directives_of,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path

    from graphql.language import DefinitionNode, FieldDefinitionNode
    from graphql.type import GraphQLOutputType


@dataclass(frozen=True, slots=True)
class Subgraph:
    graph: str
    """The value of the `join__Graph` enum, which the other directives cite."""
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """An argument that no client gives: its value is what the nearest ancestor that sets the context has."""

    name: str
    context: str
    selection: str
    """What is asked of the ancestor: one leaf, for each type that it may be of."""
    type: str
    """The argument's type in the graph that wants it."""


@dataclass(frozen=True, slots=True)
class Place:
    """What one graph says of one field. `None` in a field's places means that the graph has it through
    nothing.
    """

    external: bool = False
    requires: str | None = None
    provides: str | None = None
    type: str | None = None
    contexts: tuple[ContextArgument, ...] = ()
    overridden: bool = False
    label: str | None = None
    """By which `@override` moves the field step by step: who serves it depends on whether this is active."""
    takes_over: bool = False
    """Whether this graph serves the field once the label is active, or until then."""

    @property
    def needs_more(self) -> bool:
        """Whether its graph must be told more than which object it is: a request has to begin there."""
        return bool(self.requires or self.contexts)

    def serves(self, labels: Container[str]) -> bool:
        """Whether it is this graph's to give, with these labels active."""
        if self.label is not None:
            return (self.label in labels) == self.takes_over
        return not self.overridden


@dataclass(frozen=True, slots=True)
class FieldFacts:
    name: str
    type: GraphQLOutputType
    places: Mapping[str, Place]
    is_composite: bool

    @property
    def type_name(self) -> str:
        return str(get_named_type(self.type))

    @property
    def is_scalar(self) -> bool:
        """Whether its values are single ones of a scalar that the specification defines, or of an enum."""
        named = get_named_type(self.type)
        return self.list_depth == 0 and (is_enum_type(named) or is_specified_scalar_type(named))

    @property
    def list_depth(self) -> int:
        depth, inner = 0, self.type
        while is_list_type(inner) or is_non_null_type(inner):
            depth += is_list_type(inner)
            inner = inner.of_type
        return depth

    def shape_in(self, graph: str) -> str:
        """Nullability, lists and leaf type there: fields of equal shape may share a response key in one
        request.
        """
        place = self.places.get(graph)
        form = place.type if place and place.type else str(self.type)
        return "".join(letter for letter in form if letter in "[]!") if self.is_composite else form


@dataclass(frozen=True, slots=True)
class TypeInGraph:
    keys: tuple[str, ...] = ()
    """Field sets by which this graph answers for an object of the type."""
    unresolvable_keys: tuple[str, ...] = ()
    extension: bool = False
    interface_object: bool = False
    possible_types: tuple[str, ...] = ()
    """For an interface or a union: the concrete types this graph may answer with."""


@dataclass(frozen=True, slots=True)
class TypeFacts:
    name: str
    fields: Mapping[str, FieldFacts]
    graphs: Mapping[str, TypeInGraph]
    interfaces: tuple[str, ...] = ()
    contexts: frozenset[str] = frozenset()
    """The contexts that `@context` sets on it by name."""


@dataclass(frozen=True, slots=True)
class Supergraph:
    subgraphs: Mapping[str, Subgraph]
    types: Mapping[str, TypeFacts]
    schema: GraphQLSchema
    """Everything the subgraphs have together, hidden parts included: what plans are made on."""
    api: GraphQLSchema
    """What clients see: what documents are validated and answers completed against."""
    hidden_enum_values: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def labels(self) -> frozenset[str]:
        """All labels of `@override`."""
        return frozenset(
            place.label
            for facts in self.types.values()
            for each in facts.fields.values()
            for place in each.places.values()
            if place.label is not None
        )

    def is_abstract(self, type_name: str) -> bool:
        return is_abstract_type(self.schema.get_type(type_name))

    def possible_types(self, type_name: str) -> tuple[str, ...]:
        """The concrete types behind a name, by name; an object type stands for itself."""
        named = self.schema.get_type(type_name)
        if isinstance(named, (GraphQLInterfaceType, GraphQLUnionType)):
            return tuple(sorted(possible.name for possible in self.schema.get_possible_types(named)))
        return (type_name,)

    def root_type(self, operation: str) -> str | None:
        named: GraphQLObjectType | None = getattr(self.schema, f"{operation}_type")
        return named.name if named else None

    def with_urls(self, urls: Mapping[str, str]) -> Supergraph:
        """The same with other addresses, by the graph's name; a name that no graph has is refused."""
        unknown = set(urls) - {subgraph.name for subgraph in self.subgraphs.values()}
        if unknown:
            raise UnsupportedSupergraphError(f"no subgraph is called {', '.join(sorted(unknown))}")
        return replace(
            self,
            subgraphs={
                graph: replace(subgraph, url=urls.get(subgraph.name, subgraph.url))
                for graph, subgraph in self.subgraphs.items()
            },
        )


def load_supergraph(path: Path) -> Supergraph:
    return read_supergraph(path.read_text(encoding="utf-8"))


def read_supergraph(sdl: str) -> Supergraph:
    """Raises `UnsupportedSupergraphError`, or graphql-core's own errors on a text that is no schema."""
    document = parse(sdl, no_location=True)
    check_features(document)
    subgraphs = _read_subgraphs(document)
    schema = build_ast_schema(_stripped(document, hide=False))
    api = build_ast_schema(_stripped(document, hide=True))
    definitions = [
        node
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode) and not node.name.value.startswith(MACHINERY)
    ]
    possible = _possible_types_by_graph(definitions)
    graph_names = {subgraph.name: graph for graph, subgraph in subgraphs.items()}
    types = {
        node.name.value: _read_type(node, schema, possible, graph_names)
        for node in definitions
        if isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, UnionTypeDefinitionNode))
    }
    hidden = {
        node.name.value: frozenset(value.name.value for value in node.values or () if _is_hidden(value))
        for node in definitions
        if isinstance(node, EnumTypeDefinitionNode)
    }
    return Supergraph(
        subgraphs, types, schema, api, {name: values for name, values in hidden.items() if values}
    )


def _read_subgraphs(document: DocumentNode) -> dict[str, Subgraph]:
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
            found = {}
            for value in node.values or ():
                for graph in directives_of(value, "join__graph"):
                    found[value.name.value] = Subgraph(
                        value.name.value, graph["name"], graph.get("url") or ""
                    )
            return found
    raise UnsupportedSupergraphError("no join__Graph enum: this is not a composed supergraph")


def _is_hidden(node: Any) -> bool:
    return any(directive.name.value == "inaccessible" for directive in node.directives or ())


def _stripped(document: DocumentNode, *, hide: bool) -> DocumentNode:
    """The schema without federation's machinery and, if `hide`, without what `@inaccessible` marks."""
    hidden = {
        node.name.value
        for node in document.definitions
        if hide and isinstance(node, TypeDefinitionNode) and _is_hidden(node)
    }
    kept: list[DefinitionNode] = []
    for node in document.definitions:
        if isinstance(node, DirectiveDefinitionNode):
            if not node.name.value.startswith(MACHINERY) and node.name.value not in KNOWN_FEATURES:
                kept.append(node)
        elif isinstance(node, SchemaDefinitionNode):
            kept.append(replace(node, directives=()))
        elif isinstance(node, TypeDefinitionNode):
            if not node.name.value.startswith(MACHINERY) and node.name.value not in hidden:
                kept.append(_strip(node, hide=hide, hidden=hidden))
        else:
            kept.append(node)
    return replace(document, definitions=tuple(kept))


def _strip(node: Any, *, hide: bool, hidden: set[str]) -> Any:
    directives = tuple(
        directive
        for directive in node.directives or ()
        if not directive.name.value.startswith(MACHINERY) and directive.name.value not in KNOWN_FEATURES
    )
    changes: dict[str, Any] = {"directives": directives}
    for part in ("fields", "values", "arguments"):
        if getattr(node, part, None):
            changes[part] = tuple(
                _strip(inner, hide=hide, hidden=hidden)
                for inner in getattr(node, part)
                if not (hide and _is_hidden(inner))
            )
    for part in ("interfaces", "types"):
        if getattr(node, part, None):
            changes[part] = tuple(named for named in getattr(node, part) if named.name.value not in hidden)
    return replace(node, **changes)


def _possible_types_by_graph(definitions: Iterable[TypeDefinitionNode]) -> dict[tuple[str, str], list[str]]:
    """(abstract type, graph) -> the concrete types that this graph counts among it."""
    possible: dict[tuple[str, str], list[str]] = {}
    for node in definitions:
        if isinstance(node, ObjectTypeDefinitionNode):
            for joined in directives_of(node, "join__implements"):
                possible.setdefault((joined["interface"], joined["graph"]), []).append(node.name.value)
        elif isinstance(node, UnionTypeDefinitionNode):
            members = directives_of(node, "join__unionMember")
            for joined in members:
                possible.setdefault((node.name.value, joined["graph"]), []).append(joined["member"])
            if not members:
                everything = [member.name.value for member in node.types or ()]
                for joined in directives_of(node, "join__type"):
                    possible[node.name.value, joined["graph"]] = list(everything)
    return possible


def _read_type(
    node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | UnionTypeDefinitionNode,
    schema: GraphQLSchema,
    possible: dict[tuple[str, str], list[str]],
    graph_names: Mapping[str, str],
) -> TypeFacts:
    name = node.name.value
    joined = directives_of(node, "join__type")
    graphs: dict[str, TypeInGraph] = {}
    for graph in dict.fromkeys(each["graph"] for each in joined):
        here = [each for each in joined if each["graph"] == graph]
        keyed = [each for each in here if each.get("key")]
        graphs[graph] = TypeInGraph(
            keys=tuple(each["key"] for each in keyed if each.get("resolvable", True)),
            unresolvable_keys=tuple(each["key"] for each in keyed if not each.get("resolvable", True)),
            extension=any(each.get("extension") for each in here),
            interface_object=any(each.get("isInterfaceObject") for each in here),
            possible_types=tuple(sorted(possible.get((name, graph), ()))),
        )
    fields: dict[str, FieldFacts] = {}
    if not isinstance(node, UnionTypeDefinitionNode):
        named = schema.get_type(name)
        if not isinstance(named, (GraphQLObjectType, GraphQLInterfaceType)):
            raise UnsupportedSupergraphError(f"{name} is missing from its own schema")
        for part in node.fields or ():
            fields[part.name.value] = _read_field(
                part, named.fields[part.name.value].type, graphs, graph_names
            )
    interfaces = () if isinstance(node, UnionTypeDefinitionNode) else node.interfaces or ()
    contexts = frozenset(each["name"] for each in directives_of(node, "context"))
    return TypeFacts(name, fields, graphs, tuple(each.name.value for each in interfaces), contexts)


def _read_field(
    node: FieldDefinitionNode,
    type_: GraphQLOutputType,
    graphs: Mapping[str, TypeInGraph],
    graph_names: Mapping[str, str],
) -> FieldFacts:
    joined = directives_of(node, "join__field")
    if not joined:
        places = {graph: Place() for graph in graphs}
    else:
        places = {
            each["graph"]: Place(
                external=bool(each.get("external")),
                requires=each.get("requires") or None,
                provides=each.get("provides") or None,
                type=each.get("type") or None,
                contexts=tuple(map(_read_argument, each.get("contextArguments") or ())),
                overridden=bool(each.get("usedOverridden")),
                label=each.get("overrideLabel") or None,
                takes_over=bool(each.get("override")),
            )
            for each in joined
            if each.get("graph")
        }
    for each in joined:
        loser = graph_names.get(each.get("override") or "")
        if loser in places and loser != each.get("graph"):
            label = each.get("overrideLabel") or None
            places[loser] = replace(places[loser], overridden=True, label=label, takes_over=False)
    is_composite = isinstance(
        get_named_type(type_), (GraphQLObjectType, GraphQLInterfaceType, GraphQLUnionType)
    )
    return FieldFacts(node.name.value, type_, places, is_composite)


def _read_argument(argument: Mapping[str, str]) -> ContextArgument:
    """The selection loses the braces that it may stand in: field sets have none."""
    text = argument["selection"].strip(" \t\r\n,")
    selection = text[1:-1].strip() if text.startswith("{") and text.endswith("}") else text
    return ContextArgument(argument["name"], argument["context"], selection, argument["type"])
