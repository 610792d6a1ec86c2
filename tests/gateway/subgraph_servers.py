"""Small real subgraphs over HTTP, made from an SDL file and records, as strict as the specification lets
them be.

A subgraph here answers only what its SDL lets it know: a field that is `@external` there and was neither
sent in
the representation nor provided on the path is an error of the gateway, and fails the test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web
from graphql import GraphQLError, GraphQLSchema, build_ast_schema, execute, parse, validate
from graphql.language import (
    DocumentNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    SchemaExtensionNode,
    print_ast,
)

if TYPE_CHECKING:
    from graphql.type import GraphQLResolveInfo

MACHINERY = """
scalar _Any
type _Service { sdl: String! }
"""

Record = dict[str, Any]
Read = Callable[..., Any]
Computed = Callable[[Read, Mapping[str, Any]], Any]


@dataclass
class World:
    """All that is: records by type, root fields, and fields that are computed from others."""

    records: Mapping[str, list[Record]]
    roots: Mapping[str, Callable[[Mapping[str, Any]], Any]]
    computed: Mapping[str, Computed] = field(default_factory=dict)


@dataclass(frozen=True)
class Held:
    """A record as one subgraph holds it."""

    record: Record
    given: Record = field(default_factory=dict)
    provided: Mapping[str, Any] = field(default_factory=dict)
    """Names of external fields that `@provides` lets it read here, each with those below it."""


def _directive_texts(node: Any, name: str) -> list[str]:
    return [
        argument.value.value
        for directive in node.directives or ()
        if directive.name.value == name
        for argument in directive.arguments
        if argument.name.value == "fields"
    ]


def _names(text: str) -> list[str]:
    selection = parse(f"{{ {text} }}").definitions[0].selection_set.selections
    return [node.name.value for node in selection if hasattr(node, "name")]


def _tree(text: str) -> dict[str, Any]:
    def below(selection_set: Any) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for node in selection_set.selections if selection_set else ():
            inner = below(node.selection_set)
            tree.update({node.name.value: inner} if hasattr(node, "name") else inner)
        return tree

    return below(parse(f"{{ {text} }}").definitions[0].selection_set)


class Resolution:
    """Resolves the fields of one schema over a world. `sdl=None`: the whole world, with nothing external."""

    def __init__(self, world: World, document: DocumentNode | None) -> None:
        self._world = world
        self.external: set[tuple[str, str]] = set()
        self.provides: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.keys: dict[str, list[list[str]]] = {}
        self.interfaces: set[str] = set()
        for node in document.definitions if document else ():
            if isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)):
                self._read(node)

    def _read(self, node: Any) -> None:
        name = node.name.value
        if isinstance(node, InterfaceTypeDefinitionNode):
            self.interfaces.add(name)
        keys = [_names(text) for text in _directive_texts(node, "key")]
        if keys:
            self.keys[name] = keys
        for part in node.fields:
            place = (name, part.name.value)
            is_external = any(directive.name.value == "external" for directive in part.directives or ())
            if is_external and not any(part.name.value in key for key in keys):
                self.external.add(place)
            for text in _directive_texts(part, "provides"):
                self.provides[place] = _tree(text)

    def resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        type_name = info.parent_type.name
        if not isinstance(source, Held):
            provided = self.provides.get((type_name, info.field_name), {})
            return self._hold(self._world.roots[info.field_name](arguments), provided)
        return self.read(source, type_name, info.field_name, arguments)

    def read(self, held: Held, type_name: str, name: str, arguments: Mapping[str, Any]) -> Any:
        place = (type_name, name)
        if name in held.given:
            return self._hold(held.given[name], {})
        if place in self.external and name not in held.provided:
            raise AssertionError(f"{type_name}.{name} is external here and was not given")
        computed = self._world.computed.get(f"{type_name}.{name}")
        if computed is not None:
            value = computed(lambda other, **more: self.read(held, type_name, other, more), arguments)
        else:
            value = held.record.get(name)
        if callable(value):
            value = value()
        return self._hold(value, {**self.provides.get(place, {}), **held.provided.get(name, {})})

    def _hold(self, value: Any, provided: Mapping[str, Any]) -> Any:
        if isinstance(value, list):
            return [self._hold(item, provided) for item in value]
        return Held(value, provided=provided) if isinstance(value, dict) else value

    def type_of(self, value: Any, *_: Any) -> str | None:
        return value.record.get("__typename") or value.given.get("__typename")

    def entity(self, representation: Record) -> Any:
        type_name = representation["__typename"]
        for key in self.keys.get(type_name, []):
            if not all(name in representation for name in key):
                continue
            for record in self._world.records.get(type_name, []):
                if all(_matches(record.get(name), representation[name]) for name in key):
                    given = {name: value for name, value in representation.items() if name != "__typename"}
                    own = {} if type_name in self.interfaces else {"__typename": type_name}
                    return Held({**record, **own}, given=given)
            return None
        raise GraphQLError(f"no key of {type_name} in {sorted(representation)}")


def _matches(value: Any, told: Any) -> bool:
    if callable(value):
        value = value()
    if isinstance(told, dict):
        return isinstance(value, dict) and all(_matches(value.get(name), each) for name, each in told.items())
    if isinstance(told, list) and isinstance(value, list):
        return len(told) == len(value) and all(map(_matches, value, told))
    return value == told


def monolith(sdl: str, world: World) -> GraphQLSchema:
    """One schema over the whole world: what a federated answer must equal."""
    return _executable(parse(sdl), Resolution(world, None))


def _executable(document: DocumentNode, resolution: Resolution) -> GraphQLSchema:
    schema = build_ast_schema(document, assume_valid_sdl=True)
    for named in schema.type_map.values():
        if named.name.startswith("__"):
            continue
        if hasattr(named, "resolve_type"):
            named.resolve_type = resolution.type_of
        elif hasattr(named, "fields") and hasattr(named, "interfaces"):
            for each in named.fields.values():
                each.resolve = resolution.resolve
    return schema


def subgraph_schema(sdl: str, world: World) -> GraphQLSchema:
    document = parse(sdl.replace("extend type ", "type "))  # as Federation 1 wrote entities of others
    resolution = Resolution(world, document)
    definitions = [node for node in document.definitions if not isinstance(node, SchemaExtensionNode)]
    entities = sorted(name for name in resolution.keys if name not in resolution.interfaces)
    text = "\n".join(print_ast(node) for node in definitions)
    machinery = MACHINERY
    if not any(
        isinstance(node, ObjectTypeDefinitionNode) and node.name.value == "Query" for node in definitions
    ):
        text += "\ntype Query { _service: _Service! }"
    if entities:
        machinery += f"union _Entity = {' | '.join(entities)}\n"
        machinery += "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }"
    schema = _executable(parse(f"{text}\n{machinery}"), resolution)
    if entities:

        def resolve_entities(_source: Any, _info: Any, representations: list[Record]) -> list[Any]:
            return [resolution.entity(each) for each in representations]

        schema.query_type.fields["_entities"].resolve = resolve_entities
    return schema


@dataclass
class SubgraphServer:
    """One subgraph on a port of its own. `fault` makes it fail; `requests` holds what it was asked."""

    name: str
    schema: GraphQLSchema
    requests: list[Record] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    fault: Callable[[Record], web.Response | None] | None = None
    delay_seconds: float = 0
    url: str = ""
    _runner: web.AppRunner | None = None
    _known: dict[str, tuple[DocumentNode, list[GraphQLError]]] = field(default_factory=dict)

    async def start(self) -> None:
        """Again at the same address if it was stopped."""
        app = web.Application()
        app.router.add_post("/graphql", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        port = int(self.url.split(":")[2].split("/")[0]) if self.url else 0
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/graphql"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.Response:
        asked = orjson.loads(await request.read())
        self.requests.append(asked)
        self.headers.append(dict(request.headers))
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        if self.fault is not None and (response := self.fault(asked)) is not None:
            return response
        if asked["query"] not in self._known:
            document = parse(asked["query"])
            self._known[asked["query"]] = (document, validate(self.schema, document))
        document, invalid = self._known[asked["query"]]
        if invalid:
            errors = [{"message": error.message, "extensions": {"code": "INVALID"}} for error in invalid]
            return web.json_response({"errors": errors})
        result = execute(self.schema, document, variable_values=asked.get("variables"))
        if asyncio.iscoroutine(result):
            result = await result
        content: Record = {"data": result.data}
        if result.errors:
            content["errors"] = [
                {**error.formatted, "extensions": {"code": "FAILED", **(error.extensions or {})}}
                for error in result.errors
            ]
        return web.Response(body=orjson.dumps(content), content_type="application/json")
