"""Asks a gateway one query over and over, in its own process, as many at once as there are connections.

Reads a `Load` as JSON on standard input and prints a `Result`. The query's variable differs in every
request.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
CHUNKED = b"transfer-encoding: chunked"
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True)
class Load:
    port: int
    query: str
    connections: int
    seconds: float


@dataclass(frozen=True)
class Result:
    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float


class UnexpectedAnswerError(Exception):
    pass


class Connection(asyncio.Protocol):
    """One request after the other, until `ends_at`."""

    def __init__(self, load: Load, number: int, ends_at: float, spent: list[float]) -> None:
        self._load, self._ends_at, self._spent = load, ends_at, spent
        self._page = number * 1_000_000
        self._beginning = b'{"query":%b,"variables":{"page":' % json.dumps(load.query).encode()
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(HEAD_END)
        if not ended or not _is_whole(head.lower(), body):
            return
        now = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200") or b'"errors"' in body:
            self._end(UnexpectedAnswerError(self._received.decode()))
            return
        self._spent.append(now - self._sent_at)
        self._received = b""
        if now < self._ends_at:
            self._send()
        else:
            self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or UnexpectedAnswerError("the gateway hung up"))

    def _send(self) -> None:
        self._page += 1
        body = b"%b%d}}" % (self._beginning, self._page)
        self._sent_at = time.perf_counter()
        self._transport.write(
            b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n"
            b"accept: application/json\r\naccept-language: fr\r\n"
            b"traceparent: 00-%032x-%016x-01\r\ncontent-length: %d\r\n\r\n%b"
            % (self._load.port, self._page, self._page, len(body), body)
        )

    def _end(self, failure: Exception | None) -> None:
        if not self.done.done():
            if failure is None:
                self.done.set_result(None)
            else:
                self.done.set_exception(failure)
            self._transport.close()


def _is_whole(head: bytes, body: bytes) -> bool:
    if CHUNKED in head:
        return body.endswith(LAST_CHUNK)
    return len(body) >= int(head.partition(LENGTH)[2].split(b"\r\n", 1)[0])


async def run(load: Load) -> Result:
    loop = asyncio.get_running_loop()
    spent: list[float] = []
    started = time.perf_counter()
    connections = []
    for number in range(load.connections):
        _, connection = await loop.create_connection(
            lambda number=number: Connection(load, number, started + load.seconds, spent),  # type: ignore[misc]
            "127.0.0.1",
            load.port,
        )
        connections.append(connection)
    await asyncio.gather(*(connection.done for connection in connections))
    seconds = time.perf_counter() - started
    spent.sort()
    at = [spent[min(len(spent) - 1, int(len(spent) * part))] * 1000 for part in (0.5, 0.99)]
    return Result(len(spent), seconds, *at)


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(run(Load(**json.load(sys.stdin)))))))
