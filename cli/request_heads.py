"""The head of a request, its address and headers, is so large and takes so long, and no more.

uvicorn leaves both to a proxy in front. Without one anybody, token or none, could hold a connection for ever
by a head that never ends, or keep a process from all others: each part of one endless header costs as much as
all of it so far.
"""

import asyncio
from typing import Any

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cli.joined_writes import JoinedWrites
from services.kernel.language import Language
from services.runtime.problems import standard_problem

TOO_SLOW, TOO_LARGE = 408, 431
REASONS = {TOO_SLOW: b"Request Timeout", TOO_LARGE: b"Request Header Fields Too Large"}


class BoundedHeads(HttpToolsProtocol):
    """What is counted is all that is neither a body's nor ends a request: trailers and framing likewise.

    It is counted once a part has been read, so that a head may be larger than allowed by one part.
    """

    def __init__(self, *given: Any, most_bytes: int, seconds: float, **named: Any) -> None:
        super().__init__(*given, **named)
        self._most_bytes, self._seconds = most_bytes, seconds
        self._has_begun, self._is_in_head = False, True
        self._has_advanced = False
        self._counted = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(JoinedWrites(transport, self.loop))  # type: ignore[arg-type]
        self._deadline = self.loop.call_later(self._seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._has_advanced = False
        super().data_received(data)
        self._counted = 0 if self._has_advanced else self._counted + len(data)
        if self._counted > self._most_bytes:
            self._refuse(TOO_LARGE, limit_bytes=self._most_bytes)
        elif not self._is_in_head:
            self._no_deadline()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self._seconds, self._give_up)

    def on_message_begin(self) -> None:
        self._has_begun = self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        # For a stream whose client takes nothing: closing would wait for it to take what was written.
        self.scope["state"]["abort"] = self.transport.abort
        super().on_headers_complete()

    def shutdown(self) -> None:
        """The server begins to stop: streams, which have no end of their own, are told."""
        stopping = self.app_state.get("stopping")
        if stopping is not None:
            stopping.set()
        super().shutdown()

    def on_body(self, body: bytes) -> None:
        self._has_advanced = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._has_advanced = True
        super().on_message_complete()

    def _no_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        self._refuse(TOO_SLOW, limit_seconds=self._seconds)

    def _refuse(self, status: int, **facts: float) -> None:
        """In words where somebody has begun to ask and nothing else is being answered; else in silence."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if self._has_begun and self._is_in_head and not is_answering and not self.transport.is_closing():
            refused = standard_problem(status, instance="/", language=Language.FRENCH, facts=facts)
            self.transport.write(_written(status, refused))
        self.transport.close()


def _written(status: int, answer: Response) -> bytes:
    headers = [*answer.raw_headers, (b"connection", b"close")]
    lines = [b"HTTP/1.1 %d %s" % (status, REASONS[status]), *(b": ".join(header) for header in headers)]
    return b"\r\n".join([*lines, b"", bytes(answer.body)])
