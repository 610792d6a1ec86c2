"""What is compiled of a document, when, and what is left to the ordinary executor."""

import asyncio
from typing import Any
from unittest.mock import patch

import pytest
from graphql import OperationDefinitionNode, parse

from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.kernel.language import Language
from services.runtime.graphql.compiled.plans import MOST_PLANS, Plans
from services.runtime.graphql.compiled.rounds import Run
from services.runtime.graphql.compiled.writing import MOST_FIELDS
from services.runtime.graphql.context import Context
from tests.api import Api
from tests.graphql_ways import door_of
from tests.services.runtime.graphql.asking import ask
from tests.services.runtime.graphql.putting import put_crates
from tests.statements import recorded

OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({"84"}))


def context_of(crates: Api) -> Context:
    return Context(
        caller=OPERATOR,
        language=Language.FRENCH,
        today=today_in_paris(),
        database=crates.database,
        entrepreneur_key=b"a key for tests only",
        request_id="12345678",
    )


class Compiled:
    """One document, and whether a request for it was answered without the ordinary executor."""

    def __init__(self, crates: Api, text: str, after_uses: int = 0) -> None:
        document = parse(text)
        self.operation = next(
            node for node in document.definitions if isinstance(node, OperationDefinitionNode)
        )
        self.plans = Plans(door_of(crates.app)._schema, document, after_uses=after_uses)
        self._crates = crates

    async def answers(self, **variables: Any) -> bool:
        return await self.plans.run(self.operation, context_of(self._crates), variables) is not None


async def test_a_document_is_compiled_when_it_comes_back(crates: Api) -> None:
    asked = Compiled(crates, "{ shelves { code } }", after_uses=1)

    assert [await asked.answers() for _ in range(3)] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ __schema { queryType { name } } }", {}),  # the schema itself
        ("{ crash shelves { code } }", {}),  # an error
        ('{ crate(id: "no id") { id } }', {}),  # a refusal
        ("query ($id: ID!) { crate(id: $id) { id } }", {}),  # a variable that is missing
        ("{" + " ".join(f"a{n}: __typename" for n in range(MOST_FIELDS + 1)) + "}", {}),  # too wide
        ("mutation { __typename }", {}),
    ],
)
async def test_the_rest_is_left(crates: Api, text: str, variables: dict[str, Any]) -> None:
    assert not await Compiled(crates, text).answers(**variables)


async def test_conditions_have_a_plan_each_and_no_more_than_so_many(crates: Api) -> None:
    names = [f"c{n}" for n in range(5)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: __typename @include(if: ${name})" for name in names)
    asked = Compiled(crates, f"query ({declared}) {{ shelves {{ code }} {fields} }}")

    answered = [
        await asked.answers(**{name: bool(number >> place & 1) for place, name in enumerate(names)})
        for number in range(2**5)
    ]

    assert answered == [True] * MOST_PLANS + [False] * (2**5 - MOST_PLANS)


async def test_names_of_a_document_are_texts_only_in_what_is_written(crates: Api) -> None:
    """Aliases that would be words of Python, or names of what is written."""
    words = ("None", "o1", "d", "v", "refuse")
    query = "{ " + " ".join(f"{word}: shelves {{ {word}: code }}" for word in words) + " }"

    answer = await ask(crates, query)

    assert list(answer["data"]) == list(words)
    assert all(answer["data"][word][0] == {word: "A1"} for word in words)


async def test_what_loaders_read_before_an_error_is_not_read_again(crates: Api) -> None:
    (id_,) = await put_crates(crates, "B1", 7)
    of = [{"__typename": "Shelf", "code": "B1"}, {"__typename": "Shelf", "code": "long"}]

    with recorded(crates.database) as statements:
        answer = await ask(
            crates,
            """query ($of: [_Any!]!) {
              _entities(representations: $of) { ... on Shelf { crates(first: 100) { nodes { id } } } }
            }""",
            {"of": of},
        )

    shelf, refused = answer["data"]["_entities"]
    assert {"id": id_} in shelf["crates"]["nodes"]
    assert refused is None
    assert len(statements) == 1


async def test_who_gives_up_leaves_nothing_running(crates: Api) -> None:
    begun = asyncio.Event()
    run = Run(None)
    futures: list[asyncio.Future[None]] = []

    async def waits() -> None:
        futures.append(asyncio.get_running_loop().create_future())
        begun.set()
        await futures[0]

    async def never_begun() -> None:
        await asyncio.sleep(0)

    run.later.append((waits(), {}, "a", lambda value, _: value))
    task = asyncio.create_task(run.finish())
    await begun.wait()
    run.later.append((never_begun(), {}, "b", lambda value, _: value))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    run.close()

    assert futures[0].cancelled()


async def test_both_ways_can_be_compared(crates: Api) -> None:
    """The setting: without plans, the ordinary executor answers."""
    with patch.object(Plans, "run", side_effect=AssertionError):
        door = door_of(crates.app)
        door._documents._checked.clear()
        plans_of, door._documents._plans_of = door._documents._plans_of, None
        answer = await ask(crates, "{ shelves { code } }")
        door._documents._plans_of = plans_of
        door._documents._checked.clear()

    assert len(answer["data"]["shelves"]) == 3
