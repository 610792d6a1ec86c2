"""Calls a REST door from a process of its own, with as little of Python as a client can have.

Reads what to do as JSON on standard input, and answers on standard output: see `Load` and `Result`. Each
connection sends its next call when the answer to the one before has come.
"""

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(frozen=True)
class Load:
    """`method` is POST, of one repayment each time, or GET of the loan; `run` begins the idempotency keys."""

    port: int
    token: str
    method: str
    loan_ids: Sequence[str]
    connections: int
    seconds: float
    run: str
    amount_cents: int
    paid_on: str


@dataclass(frozen=True)
class Result:
    """Times in milliseconds, from the call's first byte out to its answer's last byte in."""

    calls: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_seconds: float


class UnexpectedAnswerError(Exception):
    pass


class Connection(asyncio.Protocol):
    """One call after the other, until `ends_at`."""

    def __init__(
        self, next_call: Callable[[], bytes], expected: bytes, ends_at: float, spent: list[float]
    ) -> None:
        self._next_call, self._expected, self._ends_at, self._spent = next_call, expected, ends_at, spent
        self._received = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(HEAD_END)
        if not ended or len(body) < int(head.lower().partition(LENGTH)[2].split(b"\r\n", 1)[0]):
            return
        now = time.perf_counter()
        if not head.startswith(self._expected):
            self._end(UnexpectedAnswerError(self._received.decode()))
            return
        self._spent.append(now - self._sent_at)
        self._received = b""
        if now < self._ends_at:
            self._send()
        else:
            self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or UnexpectedAnswerError("the server hung up"))

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._next_call())

    def _end(self, error: Exception | None) -> None:
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        self._transport.close()


def calls_of(load: Load) -> Callable[[], bytes]:
    """Whole requests as bytes, each on a loan taken at random."""
    body = json.dumps(
        {"amount_cents": load.amount_cents, "paid_on": load.paid_on, "method": "direct_debit"}
    ).encode()
    common = f"Host: essor\r\nAuthorization: Bearer {load.token}\r\nAccept: application/json\r\n".encode()
    posted = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    anyone = partial(random.choice, load.loan_ids)
    count = 0

    def repayment() -> bytes:
        nonlocal count
        count += 1
        loan_id = anyone().encode()
        key = f"Idempotency-Key: {load.run}-{count}\r\n\r\n".encode()
        return b"POST /v1/loans/%b/repayments HTTP/1.1\r\n" % loan_id + common + posted + key + body

    def reading() -> bytes:
        return b"GET /v1/loans/%b HTTP/1.1\r\n" % anyone().encode() + common + b"\r\n"

    return {"POST": repayment, "GET": reading}[load.method]


async def run(load: Load) -> Result:
    loop = asyncio.get_running_loop()
    spent: list[float] = []
    next_call, expected = calls_of(load), b"HTTP/1.1 201" if load.method == "POST" else b"HTTP/1.1 200"
    started = time.perf_counter()
    ends_at = started + load.seconds
    opened = [
        await loop.create_connection(
            lambda: Connection(next_call, expected, ends_at, spent), "127.0.0.1", load.port
        )
        for _ in range(load.connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    ordered = sorted(spent)
    return Result(
        calls=len(ordered),
        seconds=seconds,
        p50_ms=ordered[len(ordered) // 2] * 1_000,
        p99_ms=ordered[len(ordered) * 99 // 100] * 1_000,
        cpu_seconds=used.ru_utime + used.ru_stime,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(run(Load(**json.load(sys.stdin)))))))
