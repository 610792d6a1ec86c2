"""What caches are told of an answer to a GET, and what is answered to one that has it already."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

VARYING = ("authorization", "accept", "accept-language", "accept-encoding", "graphql-cost")
"""What the gateway itself answers differently to, or whoever checks callers."""

Header = tuple[bytes, bytes]
Headers = list[Header]


def vary(passed: Iterable[str]) -> Header:
    """`passed` are the headers that subgraphs are sent, and may answer differently to."""
    return b"vary", ", ".join(dict.fromkeys((*VARYING, *passed))).encode()


def cacheable(body: bytes, cache_control: str, varies: Header) -> Headers:
    # Weak: the same answer, packed or not.
    tag = b'W/"%b"' % blake2b(body, digest_size=12).hexdigest().encode()
    return [(b"cache-control", cache_control.encode()), (b"etag", tag), varies]


def uncacheable(varies: Header) -> Headers:
    return [(b"cache-control", b"no-store"), varies]


def is_unchanged(headers: Headers, if_none_match: bytes) -> bool:
    tag = dict(headers).get(b"etag")
    known = [each.strip() for each in if_none_match.split(b",")]
    return tag is not None and (tag in known or known == [b"*"])
