"""Answers packed for clients that take gzip, above a size."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from gateway.compression import THREAD_BYTES, packed, takes_gzip

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        (b"gzip", True),
        (b"gzip, deflate, br", True),
        (b"br;q=1.0, GZIP;q=0.2", True),
        (b"*", True),
        (b"", False),
        (b"br", False),
        (b"gzip;q=0", False),
        (b"*, gzip;q=0", False),
        (b"identity", False),
    ],
)
def test_who_takes_gzip(accepted: bytes, expected: bool) -> None:
    assert takes_gzip(accepted) is expected


@pytest.mark.parametrize(
    ("size", "least", "is_packed"),
    [(99, 100, False), (100, 100, True), (100, 0, False), (THREAD_BYTES + 1, 100, True)],
)
async def test_what_is_large_enough_is_packed(size: int, least: int, is_packed: bool) -> None:
    body = b"a" * size
    smaller = await packed(body, b"gzip", least_bytes=least)
    assert (smaller is not None) == is_packed
    assert smaller is None or gzip.decompress(smaller) == body


async def test_a_packed_answer_says_so(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_compress_bytes=20) as shop:
        content = {"query": "{ items { title rating } }"}
        plain = await shop.client.post("/graphql", json=content, headers={"accept-encoding": "identity"})
        packed_one = await shop.client.post("/graphql", json=content, headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert packed_one.headers["content-encoding"] == "gzip"
        assert packed_one.json() == plain.json()
        small = await shop.client.post("/graphql", json={"query": "{ a: __typename }"})
        assert "content-encoding" in small.headers
        asked = {"params": content, "headers": {"authorization": "a", "accept-encoding": "gzip"}}
        first = await shop.client.get("/graphql", **asked)
        asked["headers"] |= {"accept-encoding": "identity", "if-none-match": first.headers["etag"]}
        assert (await shop.client.get("/graphql", **asked)).status_code == 304
