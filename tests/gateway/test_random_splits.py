"""However one data model is split into subgraphs, a query has the answer of the whole."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import execute_sync, parse, print_schema

from gateway.supergraph import read_supergraph
from tests.gateway.conftest import federated
from tests.gateway.random_queries import RandomQueries
from tests.gateway.random_supergraphs import LABEL, Split, make_world
from tests.gateway.subgraph_servers import monolith
from tests.gateway.suites.test_suites import lay_out

if TYPE_CHECKING:
    from pathlib import Path

VALUES: dict[str, list[Any]] = {"Boolean": [True, False]}


async def compare(folder: Path, seed: int, *, queries: int) -> None:
    sdl = Split(seed).sdl()
    whole = monolith(print_schema(read_supergraph(sdl).api), make_world())
    label = random.Random(seed).choice([None, LABEL])  # noqa: S311 - reproducible, no secret
    async with federated(lay_out(folder, sdl), make_world(), gateway_override_labels=label) as graph:
        for number in range(queries):
            text, variables = RandomQueries(whole, seed * 1000 + number, VALUES).query()
            expected = execute_sync(whole, parse(text), variable_values=variables)
            answer = await graph.ask(text, variables)
            place = f"split {seed}, label {label}, {text}\nvariables {variables}\nanswer {answer}\n{sdl}"
            assert "errors" not in answer, place
            assert answer["data"] == expected.data, place
            assert repr(answer["data"]) == repr(expected.data), f"another order of fields, {place}"


@pytest.mark.parametrize("seed", range(8))
async def test_a_split_answers_as_the_whole(seed: int, tmp_path: Path) -> None:
    await compare(tmp_path, seed, queries=8)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 115))
async def test_many_splits_answer_as_the_whole(seed: int, tmp_path: Path) -> None:
    await compare(tmp_path, seed, queries=15)
