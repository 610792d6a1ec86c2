"""Random queries over Essor's graph that ask about objects which are there."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import (
    NameNode,
    StringValueNode,
    VariableNode,
    Visitor,
    build_schema,
    parse,
    print_ast,
    print_schema,
    visit,
)

from tests.federation.corpus import Literal, values_of
from tests.federation.plans import ESSOR, supergraph
from tests.gateway.random_queries import RandomQueries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import ArgumentNode, FieldNode, GraphQLSchema

    from tests.journeys.conftest import Caller

LISTS = """{
  loans(first: 9) { nodes { id fund { id } cae { siren } entrepreneur { id } } }
  topUps(first: 9) { nodes { id scheme { id } cae { siren } entrepreneur { id } } }
}"""


@cache
def schema_without_the_names_of_caes() -> GraphQLSchema:
    """Each service knows a CAE by the name in its own dossiers, and either may be asked for it."""
    schema = build_schema(print_schema(supergraph(ESSOR).api))
    del schema.type_map["Cae"].fields["name"]
    return schema


def random_query(seed: int) -> tuple[str, dict[str, Any]]:
    api = schema_without_the_names_of_caes()
    values = {**values_of(api), "Int": [1, 2, 3], "String": [Literal("null")]}
    return RandomQueries(api, seed, values).query()


async def known_identifiers(caller: Caller) -> dict[str, list[str]]:
    """By the argument that takes them, or by the field whose `id` it is."""
    found = await caller.graphql(LISTS)
    loans, top_ups = found["loans"]["nodes"], found["topUps"]["nodes"]
    both = [*loans, *top_ups]
    sirens = sorted({node["cae"]["siren"] for node in both})
    people = sorted({node["entrepreneur"]["id"] for node in both})
    funds = sorted({node["fund"]["id"] for node in loans})
    schemes = sorted({node["scheme"]["id"] for node in top_ups})
    return {
        "siren": sirens,
        "cae": sirens,
        "code": ["75", "84"],
        "fundId": funds,
        "loanFund": funds,
        "schemeId": schemes,
        "topUpScheme": schemes,
        "loan": [node["id"] for node in loans],
        "entrepreneur": people,
        "committeeSession": funds,  # sessions are not listed: what is none is null
    }


def about_what_is_known(
    text: str, variables: Mapping[str, Any], known: Mapping[str, Sequence[str]], seed: int
) -> tuple[str, dict[str, Any]]:
    """The query with identifiers that are there, and with aliases that no field has for its name: those make
    Hive Gateway write requests that its own services refuse.
    """
    given = {name: _sent(value) for name, value in variables.items()}

    class Know(Visitor):
        def leave_field(self, node: FieldNode, *_: object) -> FieldNode:
            told = tuple(give(node, argument) for argument in node.arguments or ())
            alias = NameNode(value=f"{node.alias.value}_of_{node.name.value}") if node.alias else None
            return replace(node, alias=alias, arguments=told or None)

    def give(node: FieldNode, argument: ArgumentNode) -> ArgumentNode:
        choices = known.get(node.name.value if argument.name.value == "id" else argument.name.value)
        if not choices:
            return argument
        chosen = choices[seed % len(choices)]
        if isinstance(argument.value, VariableNode):
            if argument.value.name.value in given:
                given[argument.value.name.value] = chosen
            return argument
        return replace(argument, value=StringValueNode(value=chosen))

    return print_ast(visit(parse(text), Know())), given


def _sent(value: Any) -> Any:
    if not isinstance(value, Literal):
        return value
    return None if str(value) == "null" else str(value)
