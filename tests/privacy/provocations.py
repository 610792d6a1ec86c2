"""Calls that are refused, each with marked values wherever a value may stand."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from graphql import GraphQLInputObjectType, GraphQLSchema, build_schema, get_named_type
from graphql.type import is_list_type, is_non_null_type

from services.runtime.settings import REPOSITORY

Json = dict[str, Any]


def description(service: str) -> Json:
    found = json.loads((REPOSITORY / "openapi" / f"{service}.json").read_text())
    assert isinstance(found, dict)
    return found


def posts(service: str) -> dict[str, Json]:
    """Every path that takes a POST, with its operation."""
    paths = description(service)["paths"]
    return {path: operations["post"] for path, operations in paths.items() if "post" in operations}


def marked_body(schema: Json, document: Json, mark: str, depth: int = 0) -> Any:
    """A body of the right shape, in which every value is the mark."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return marked_body(document["components"]["schemas"][name], document, mark, depth)
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if choice.get("type") != "null":
            return marked_body(choice, document, mark, depth)
    if depth < 6 and "properties" in schema:
        return {
            name: marked_body(found, document, mark, depth + 1)
            for name, found in schema["properties"].items()
        }
    if schema.get("type") == "array" and depth < 6:
        return [marked_body(schema.get("items", {}), document, mark, depth + 1)]
    return mark


def refused_bodies(operation: Json, document: Json, mark: str) -> Iterator[tuple[str, bytes]]:
    """(content type, content)."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    shaped = marked_body(schema, document, mark)
    yield "application/json", json.dumps(shaped).encode()
    yield "application/json", json.dumps({"unexpected": mark, "also": [mark, {"deep": mark}]}).encode()
    yield "application/json", json.dumps(mark).encode()
    yield "application/json", f'{{"family_name": "{mark}"'.encode()
    yield "text/plain", mark.encode()
    yield "application/json", f'{{"family_name": "\udcff{mark}"}}'.encode(errors="surrogateescape")


def address(path: str) -> str:
    """With ids of nobody."""
    while "{" in path:
        before, _, rest = path.partition("{")
        path = f"{before}{uuid4()}{rest.partition('}')[2]}"
    return path


def mutations(service: str) -> Iterator[tuple[str, str, GraphQLSchema]]:
    """(name, its input's type) of each mutation of the committed schema."""
    schema = build_schema(
        (REPOSITORY / "schema" / f"{service}.graphql").read_text(), assume_valid=True, assume_valid_sdl=True
    )
    assert schema.mutation_type is not None
    for name, found in schema.mutation_type.fields.items():
        yield name, str(get_named_type(found.args["input"].type)), schema


def marked_input(schema: GraphQLSchema, name: str, mark: str) -> Any:
    found = schema.get_type(name)
    if not isinstance(found, GraphQLInputObjectType):
        return mark
    given = {}
    for field, described in found.fields.items():
        kind: Any = described.type
        is_list = False
        while is_non_null_type(kind) or is_list_type(kind):
            is_list |= is_list_type(kind)
            kind = kind.of_type
        value = marked_input(schema, kind.name, mark)
        given[field] = [value] if is_list else value
    return given
