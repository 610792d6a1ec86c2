"""What caches are told of an answer to a GET, and what is answered to one that has it already."""

from __future__ import annotations

from hashlib import blake2b

VARY = (b"vary", b"authorization, accept, accept-language, accept-encoding")

Headers = list[tuple[bytes, bytes]]


def cacheable(body: bytes, cache_control: str) -> Headers:
    # Weak: the same answer, packed or not.
    tag = b'W/"%b"' % blake2b(body, digest_size=12).hexdigest().encode()
    return [(b"cache-control", cache_control.encode()), (b"etag", tag), VARY]


def uncacheable() -> Headers:
    return [(b"cache-control", b"no-store"), VARY]


def is_unchanged(headers: Headers, if_none_match: bytes) -> bool:
    tag = dict(headers).get(b"etag")
    known = [each.strip() for each in if_none_match.split(b",")]
    return tag is not None and (tag in known or known == [b"*"])
