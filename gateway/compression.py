"""Answers packed with gzip, for clients that take it, above a size."""

from __future__ import annotations

import asyncio
import zlib
from functools import lru_cache

from gateway.http_requests import weights_of

LEVEL = 1
"""Of JSON it leaves a sixth more than the usual level does, and costs a third of the time."""
GZIP = 31
"""What zlib calls its own largest window with gzip's head."""
THREAD_BYTES = 256 * 1024
"""What takes longer than a few milliseconds is packed beside the event loop."""


async def packed(body: bytes, accept_encoding: bytes, *, least_bytes: int) -> bytes | None:
    """None where it is not to be packed. `least_bytes` 0: nothing ever is."""
    if not least_bytes or len(body) < least_bytes or not takes_gzip(accept_encoding):
        return None
    if len(body) > THREAD_BYTES:
        return await asyncio.to_thread(zlib.compress, body, LEVEL, GZIP)
    return zlib.compress(body, LEVEL, GZIP)


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: bytes) -> bool:
    weights = weights_of(accept_encoding)
    return weights.get("gzip", weights.get("*", 0.0)) > 0
