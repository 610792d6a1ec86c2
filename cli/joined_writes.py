"""What an answer's head and body are written to, so that they leave together.

uvicorn writes the head, then the body, and uvloop sends each as it comes: two packets, for which the system
wakes the caller twice. Both are written in one turn of the loop, and so are sent at its end.
"""

import asyncio
from typing import Any

MOST_BYTES = 65_536
"""More is sent at once: whoever writes without end must hear from the transport that it is full."""


class JoinedWrites:
    """A transport that sends once in a turn of the loop; for all else it is the one that it stands for."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._waiting: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._send)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > MOST_BYTES:
            self._send()

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        waiting, self._waiting, self._size = self._waiting, [], 0
        if waiting and not self._transport.is_closing():
            self._transport.write(b"".join(waiting))
