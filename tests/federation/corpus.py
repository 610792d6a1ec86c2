"""What both planners plan: all that this repository asks of a gateway, and random operations."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    parse,
    validate,
)

from gateway.explorer.examples import read_examples
from services.runtime.settings import REPOSITORY
from tests.federation.plans import ESSOR, Asked, supergraph
from tests.gateway.random_queries import RandomQueries
from tests.gateway.test_differential import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

RANDOM_QUERIES = 100
RANDOM_MUTATIONS = 25


class Literal:
    """A value as GraphQL writes it, where that is no text in quotes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def corpus_of(name: str) -> list[Asked]:
    return [*_written_for(name), *_random_queries(name), *_random_mutations(name)]


def partner_queries() -> Iterator[Asked]:
    """Those of the guide for partners."""
    guide = (REPOSITORY / "docs" / "fr" / "partenaire-graphql.md").read_text()
    found = re.findall(r"^demander '(.*?)'", guide, flags=re.DOTALL | re.MULTILINE)
    for number, text in enumerate(found, start=1):
        yield Asked(f"partenaire-graphql {number}", text, {})


def saved_queries() -> Iterator[Asked]:
    """Those that the gateway's page offers, but for streams, which have no end to compare."""
    for example in read_examples(REPOSITORY / "schema" / "examples"):
        if not example.query.startswith("subscription"):
            yield Asked(f"saved: {example.title}", example.query, json.loads(example.variables or "{}"))


def documents_of(files: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """The texts in Python files that are GraphQL documents of one operation, each once."""
    seen = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "{" in node.value:
                text = node.value
                if text not in seen and _operations(text) == 1:
                    seen.add(text)
                    yield f"{file.stem}: {' '.join(text.split())[:60]}", text


def _written_for(name: str) -> Iterator[Asked]:
    """The documents of the repository's tests and guides that are valid for this supergraph."""
    tests = REPOSITORY / "tests"
    folders = [tests / "journeys", tests / "services"] if name == ESSOR else [tests / "gateway"]
    for place, text in documents_of(file for folder in folders for file in sorted(folder.rglob("*.py"))):
        if validate(supergraph(name).api, parse(text), max_errors=1) == []:
            yield from _decided(place, text)
    if name == ESSOR:
        yield from partner_queries()
        yield from saved_queries()
    for file in sorted((tests / "gateway" / "planner" / "plans").glob("*.txt")):
        heading, _, text = file.read_text().partition("---\n")[0].partition("\n")
        if heading == f"# supergraph: {name}":
            yield Asked(f"plan {file.stem}", text, {})


def _decided(name: str, text: str) -> Iterator[Asked]:
    """The operation, once with all that it includes or skips by a variable, and once without."""
    deciding = re.findall(r"@(?:skip|include)\(if: \$(\w+)\)", text)
    if not deciding:
        yield Asked(name, text, {})
        return
    for value in (True, False):
        yield Asked(f"{name} ({str(value).lower()})", text, dict.fromkeys(deciding, value))


def _operations(text: str) -> int:
    """How many that are planned as fetches alone: subscriptions start with a stream."""
    try:
        document = parse(text)
    except GraphQLError:
        return 0
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return sum(
        each.operation is not OperationType.SUBSCRIPTION and bool(each.selection_set.selections)
        for each in operations
    )


def _random_queries(name: str) -> Iterator[Asked]:
    api = supergraph(name).api
    values = values_of(api)
    for seed in range(RANDOM_QUERIES):
        yield Asked(f"random query {seed}", *RandomQueries(api, seed, values).query())


def _random_mutations(name: str) -> Iterator[Asked]:
    """Made as queries are, on a schema whose queries are the mutations."""
    api = supergraph(name).api
    if api.mutation_type is None:
        return
    changes = GraphQLSchema(**{**api.to_kwargs(), "query": api.mutation_type, "mutation": None})
    values = values_of(api)
    for seed in range(RANDOM_MUTATIONS):
        text, variables = RandomQueries(changes, seed, values).query()
        yield Asked(f"random mutation {seed}", text.replace("query", "mutation", 1), variables)


def values_of(api: GraphQLSchema) -> dict[str, list[Any]]:
    """Some for each type of input; plans do not depend on them."""
    values: dict[str, list[Any]] = {**VALUES, "Cents": [0, 500_00]}
    for each in api.type_map.values():
        if is_enum_type(each):
            values[each.name] = [Literal(value) for value in each.values]
        elif is_input_object_type(each):
            values[each.name] = [Literal(_literal(each))]
    return {**{name: ["2025-01-31"] for name in api.type_map}, **values}


def _literal(type_: Any) -> str:
    """The shortest value of a type."""
    if is_non_null_type(type_):
        return _literal(type_.of_type)
    if is_list_type(type_):
        return "[]"
    if is_input_object_type(type_):
        needed = {name: each for name, each in type_.fields.items() if is_required_input_field(each)}
        return f"{{{', '.join(f'{name}: {_literal(each.type)}' for name, each in needed.items())}}}"
    if is_enum_type(type_):
        return str(next(iter(type_.values)))
    return {"Int": "1", "Float": "1", "Boolean": "true", "Cents": "1"}.get(type_.name, '"2025-01-31"')
