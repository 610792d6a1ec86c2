"""Random queries over the suites of `@context`, beside one schema that finds what is told by walking up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLSchema, build_ast_schema, execute_sync, parse, print_schema

from gateway.planner.normalize import FieldSets
from gateway.supergraph import Supergraph, read_supergraph
from tests.gateway.conftest import federated
from tests.gateway.random_queries import RandomQueries
from tests.gateway.suites.context_depth_suites import DEEP, IN_PASSING
from tests.gateway.suites.context_suites import ABSTRACT, ELSEWHERE, NEAREST
from tests.gateway.suites.test_suites import lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from graphql.type import GraphQLResolveInfo

    from gateway.selections import SelectionSet
    from tests.gateway.subgraph_servers import Record, World
    from tests.gateway.suites.suite import Suite

SUITES = {suite.about: suite for suite in (NEAREST, ELSEWHERE, ABSTRACT, DEEP, IN_PASSING)}
QUERIES = 15


class NothingAboveError(Exception):
    """No ancestor sets the context."""


@dataclass
class Met:
    """A record, and the object whose field led to it."""

    record: Record
    above: Met | None = None
    type_name: str = "Query"


class Whole:
    """One schema over a world, in which objects know what they stand below."""

    def __init__(self, supergraph: Supergraph, world: World) -> None:
        self._supergraph = supergraph
        self._field_sets = FieldSets(supergraph)
        self._world = world

    def schema(self) -> GraphQLSchema:
        schema = build_ast_schema(parse(print_schema(self._supergraph.api)))
        for named in schema.type_map.values():
            if hasattr(named, "resolve_type"):
                named.resolve_type = lambda value, *_: value.type_name
            elif hasattr(named, "fields") and hasattr(named, "interfaces") and named.name[:2] != "__":
                for each in named.fields.values():
                    each.resolve = self._resolve
        return schema

    def _resolve(self, source: Met | None, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return self._read(source or Met({}), info.parent_type.name, info.field_name, arguments)

    def _read(self, met: Met, type_name: str, name: str, arguments: dict[str, Any]) -> Any:
        facts = self._supergraph.types[type_name].fields[name]
        told = dict(arguments)
        for place in facts.places.values():
            for argument in place.contexts:
                told[argument.name] = self._told(met, argument.context, argument.selection)
        if type_name in {"Query", "Mutation"}:
            value = self._world.roots[name](told)
        elif f"{type_name}.{name}" in self._world.computed:
            computed = self._world.computed[f"{type_name}.{name}"]
            value = computed(lambda other, **more: self._read(met, type_name, other, more), told)
        else:
            value = met.record.get(name)
        return self._met(value, facts.type_name, met)

    def _met(self, value: Any, type_name: str, above: Met) -> Any:
        if isinstance(value, list):
            return [self._met(item, type_name, above) for item in value]
        return Met(value, above, value.get("__typename", type_name)) if isinstance(value, dict) else value

    def _told(self, met: Met, context: str, selection: str) -> Any:
        above = met.above
        while above is not None:
            if context in self._set_by(above.type_name):
                return self._select(above, self._field_sets.of(above.type_name, selection))
            above = above.above
        raise NothingAboveError(context)

    def _set_by(self, type_name: str) -> set[str]:
        return {
            context
            for facts in self._supergraph.types.values()
            for context in facts.contexts
            if type_name in self._supergraph.possible_types(facts.name)
        }

    def _select(self, met: Any, selections: SelectionSet) -> Any:
        if isinstance(met, list):
            return [self._select(item, selections) for item in met]
        if met is None:
            return None
        for item in selections.fields.values():
            value = self._read(met, met.type_name, item.name, {})
            return value if item.selections is None else self._select(value, item.selections)
        part = selections.fragments.get(met.type_name)
        return None if part is None else self._select(met, part)


async def compare(suite: Suite, folder: Path, seeds: range) -> int:
    """Asks a query for each seed; returns how many could be compared."""
    whole = Whole(read_supergraph(suite.supergraph), suite.make_world()).schema()
    compared = 0
    async with federated(lay_out(folder, suite.supergraph), suite.make_world()) as graph:
        for seed in seeds:
            text, variables = RandomQueries(whole, seed, {"Int": [0, 1, 5]}).query()
            expected = execute_sync(whole, parse(text), variable_values=variables)
            if any(isinstance(error.original_error, NothingAboveError) for error in expected.errors or ()):
                continue  # no composer would have let that be asked
            for _ in range(2):
                answer = await graph.ask(text, variables)
                assert answer.get("data") == expected.data, f"seed {seed}: {text}\n{variables} {answer}"
            compared += 1
    return compared


@pytest.mark.parametrize("about", SUITES)
async def test_a_random_query_is_told_what_stands_above(about: str, tmp_path: Path) -> None:
    assert await compare(SUITES[about], tmp_path, range(QUERIES)) > QUERIES / 5
