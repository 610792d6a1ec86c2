"""Random documents over a subgraph, answered both ways: the same bytes, by as many statements or fewer."""

from collections import Counter
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    OperationDefinitionNode,
    get_named_type,
    is_non_null_type,
)

from services.kernel.access import Caller
from services.kernel.calendar import today_in_paris
from services.kernel.language import Language
from services.runtime.graphql.context import Context
from services.runtime.graphql.door import Door
from tests.api import Api
from tests.gateway.random_queries import RandomQueries, _literal
from tests.graphql_ways import Shown, door_of, shown
from tests.statements import recorded


class RandomQuestions(RandomQueries):
    """`values` are those of arguments, by their names."""

    def _arguments(self, each: GraphQLField) -> str:
        told = []
        for name, argument in each.args.items():
            if not is_non_null_type(argument.type) and self._chance(0.6):
                continue
            kind = get_named_type(argument.type)
            choices = list(kind.values) if isinstance(kind, GraphQLEnumType) else self._values[name]
            value = self._random.choice(choices)
            if self._chance(0.4) and isinstance(value, str | int) and not isinstance(kind, GraphQLEnumType):
                told.append(f"{name}: {_literal(value)}")
                continue
            variable = f"v{len(self._variables)}"
            self._variables[variable] = (str(argument.type), value)
            told.append(f"{name}: ${variable}")
        return f"({', '.join(told)})" if told else ""


async def answer_both_ways(
    api: Api, caller: Caller, seed: int, count: int, values: dict[str, list[Any]]
) -> Counter[str]:
    """How many were answered by the compiled document, and how many it left to the ordinary executor."""
    door = door_of(api.app)
    questions = RandomQuestions(door._schema.graphql_schema, seed, values)
    found: Counter[str] = Counter()
    for _ in range(count):
        text, variables = questions.query()
        found[await _answer_both_ways(api, door, caller, text, variables)] += 1
    return found


async def _answer_both_ways(
    api: Api, door: Door, caller: Caller, text: str, variables: dict[str, Any]
) -> str:
    checked = door._documents.check(text)
    if checked.document is None or checked.plans is None:
        return "refused"
    (operation,) = (
        node for node in checked.document.definitions if isinstance(node, OperationDefinitionNode)
    )
    if door._documents.too_costly(checked, operation, variables):
        return "refused"
    context = context_of(api, caller)
    with recorded(api.database) as quickly:
        first = await checked.plans.run(operation, context, variables)
    with recorded(api.database) as slowly:
        second = await door._schema.run(checked.document, context_of(api, caller), variables=variables)
    if first is None:
        # What the loaders read before the error is not read again.
        assert second.errors, (text, variables)
        third = await door._schema.run(checked.document, context, variables=variables)
        assert same_but_for_a_race(shown(third, context), shown(second, context)), (text, variables)
        return "left"
    assert shown(first, context) == shown(second, context), (text, variables)
    assert len(quickly) <= len(slowly), (text, variables)
    return "compiled"


def same_but_for_a_race(first: Shown, second: Shown) -> bool:
    """Where an error empties an answer, fields beside it are given up: their errors came before or not."""
    (data, errors), (other_data, other_errors) = first, second
    if data == other_data == b"null":
        return bool(errors and other_errors)  # of two that each empty it all, the first to come is told
    return data == other_data and (set(errors) <= set(other_errors) or set(other_errors) <= set(errors))


def context_of(api: Api, caller: Caller) -> Context:
    return Context(
        caller=caller,
        language=Language.FRENCH,
        today=today_in_paris(),
        database=api.database,
        entrepreneur_key=api.app.state.entrepreneur_key,
        request_id="12345678",
    )
