"""Every suite, carried out by a gateway before real subgraphs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gateway.conftest import federated
from tests.gateway.extraction import subgraphs_of
from tests.gateway.suites.suite import Suite

if TYPE_CHECKING:
    from tests.gateway.conftest import FederatedGraph
    from tests.gateway.suites.suite import Case

MODULES = sorted(file.stem for file in Path(__file__).parent.glob("*_suites.py") if file != Path(__file__))
SUITES = {
    name: [
        each
        for each in vars(import_module(f"tests.gateway.suites.{name}")).values()
        if isinstance(each, Suite)
    ]
    for name in MODULES
}


def lay_out(folder: Path, supergraph: str) -> Path:
    """The files of a supergraph and its subgraphs, as the other supergraphs of the tests stand in folders."""
    (folder / "supergraph.graphql").write_text(supergraph)
    for name, sdl in subgraphs_of(supergraph).items():
        (folder / f"{name}.graphql").write_text(sdl)
    return folder


@pytest.mark.parametrize(
    "suite", [suite for several in SUITES.values() for suite in several], ids=lambda suite: suite.about
)
async def test_each_query_of_the_suite_is_answered_as_it_must_be(suite: Suite, tmp_path: Path) -> None:
    folder = lay_out(tmp_path, suite.supergraph)
    async with federated(folder, suite.make_world(), **suite.settings) as graph:
        for case in suite.cases:
            await check(graph, case)


async def check(graph: FederatedGraph, case: Case) -> None:
    for server in graph.subgraphs.values():
        server.requests.clear()
    answer = await graph.ask(case.query, dict(case.variables) if case.variables is not None else None)
    place = f"{case.query} {case.variables or ''}\nanswer {answer}\nrequests {graph.requests}"
    if case.code is not None:
        assert "data" not in answer, place
        assert {error["extensions"]["code"] for error in answer["errors"]} == {case.code}, place
        return
    assert answer["data"] == case.data, place
    paths = [error.get("path") for error in answer.get("errors", ())]
    assert sorted(map(repr, paths)) == sorted(map(repr, case.errors)), place
    if case.asked is not None:
        assert sorted(name for name, _ in graph.requests) == list(case.asked), place


def test_no_module_of_suites_is_empty() -> None:
    assert all(SUITES.values()), SUITES
