"""Which headers of a client go on to subgraphs: those of a list, and the trace."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT = ("authorization", "accept-language", "tracestate")
NEVER = frozenset(
    {
        # Of the connection,
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade", "host", "expect",
        # of the body, which is another,
        "content-length", "content-type", "content-encoding", "accept", "accept-encoding",
        # and the gateway's own.
        "x-request-id", "traceparent", "essor-gateway",
    }
)  # fmt: skip

_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


class PassedHeaders:
    def __init__(self, names: Iterable[str]) -> None:
        """Raises `ValueError` for a name that is none, or that must not be passed on."""
        chosen = dict.fromkeys(name.strip().lower() for name in names)
        for name in chosen:
            if name in NEVER or not _NAME.fullmatch(name):
                raise ValueError(f"the header {name!r} cannot be passed on")
        self._names = [(name.encode(), name) for name in chosen if name != "tracestate"]
        self._with_tracestate = "tracestate" in chosen

    @property
    def names(self) -> list[str]:
        """Those of the list that an answer may hang on: all but the trace's."""
        return [name for _, name in self._names]

    def of(self, headers: Mapping[bytes, bytes], request_id: str) -> dict[str, str]:
        """Besides those of the list: `X-Request-Id`, and `traceparent`, a new one where the client has none.

        A trace that cannot be read is begun anew, without its state, as the W3C's text has it.
        """
        passed = {"x-request-id": request_id}
        for key, name in self._names:
            value = headers.get(key)
            if value is not None:
                passed[name] = value.decode("latin-1")
        trace = headers.get(b"traceparent")
        if trace is None or not _TRACEPARENT.fullmatch(trace):
            drawn = os.urandom(24).hex()
            passed["traceparent"] = f"00-{drawn[:32]}-{drawn[32:]}-00"
            return passed
        passed["traceparent"] = trace.decode()
        if self._with_tracestate and (state := headers.get(b"tracestate")) is not None:
            passed["tracestate"] = state.decode("latin-1")
        return passed
