"""No list longer than the setting, whether given or asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.shop import make_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.gateway.conftest import FederatedGraph


@pytest.fixture(scope="module")
async def small_shop() -> AsyncIterator[FederatedGraph]:
    async with federated(SUPERGRAPHS / "shop", make_shop(), gateway_max_list_items=5) as graph:
        yield graph


ASKED = "query($n: Int!) { items(first: $n) { upc } }"
DEFAULT = "query($n: Int = 6) { items(first: $n) { upc } }"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ items(first: 6) { upc } }", {}),
        ("{ items(first: 99999999999999999999) { upc } }", {}),
        (ASKED, {"n": 6}),
        (DEFAULT, {}),
        (ASKED, {"n": [1, 2, 3, 4, 5, 6]}),
        (ASKED, {"n": {"a": {"b": [{}, {}, {}, {}, {}, {}]}}}),
        (ASKED, {"n": 1, "unused": [0] * 6}),
        ("{ items(first: [1, 2, 3, 4, 5, 6]) { upc } }", {}),
        ("{ items(first: 1) @skip(if: [{a: [1, 2, 3, 4, 5, 6]}]) { upc } }", {}),
    ],
)
async def test_a_longer_list_is_refused_before_anything_is_asked(
    small_shop: FederatedGraph, query: str, variables: dict[str, Any]
) -> None:
    before = len(small_shop.requests)
    answer = await small_shop.ask(query, variables)
    assert [error["extensions"] for error in answer["errors"]] == [{"code": "LIST_TOO_LONG", "limit": 5}]
    assert len(small_shop.requests) == before


async def test_a_value_that_no_subgraph_could_be_told_is_refused(small_shop: FederatedGraph) -> None:
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    answer = await small_shop.ask(ASKED, {"n": 1, "unused": deep})
    assert [error["extensions"] for error in answer["errors"]] == [{"code": "BAD_USER_INPUT"}]


@pytest.mark.parametrize(
    ("query", "variables"),
    [("{ items(first: 5) { upc } }", {}), (ASKED, {"n": 5}), (DEFAULT, {"n": 5}), ("{ items { upc } }", {})],
)
async def test_a_list_of_the_limit_is_accepted(
    small_shop: FederatedGraph, query: str, variables: dict[str, Any]
) -> None:
    assert "errors" not in await small_shop.ask(query, variables)
