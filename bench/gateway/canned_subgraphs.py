"""Two subgraphs that cost nothing: fixed bytes for whatever is asked, and a count of what was.

Prints the two ports it took as one line of JSON. Every line on standard input is answered by the counts so
far, of the root fetches and of the entity fetches, after which they start from zero.
"""

import asyncio
import json
import sys
from typing import cast

import orjson
import uvloop

CRATES = 27
MOVEMENTS = 4
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"

CATALOGUE = [
    {
        "__typename": "Crate",
        "id": f"crate-{number:04}",
        "label": f"Caisse de petit matériel n° {number}",
        "weight": 1000 + number,
        "origin": {"city": "Saint-Étienne", "country": "FR" if number % 3 else None},
    }
    for number in range(CRATES)
]
STOCK = [
    {
        "shelf": f"Allée {number % 7}, travée {number}",
        "count": number,
        "movements": [
            {"on": f"2026-0{place + 1}-15", "count": place, "reason": "réception" if place % 2 else None}
            for place in range(MOVEMENTS)
        ],
    }
    for number in range(CRATES)
]


def expected() -> dict[str, object]:
    """What every gateway must make of the two answers for the bench's query."""
    return {
        "crates": [
            {
                "id": crate["id"],
                "label": crate["label"],
                "weight": crate["weight"],
                "origin": crate["origin"],
                "shelf": stock["shelf"],
                "count": stock["count"],
                "movements": stock["movements"],
            }
            for crate, stock in zip(CATALOGUE, STOCK, strict=True)
        ]
    }


def answer(data: object) -> bytes:
    content = orjson.dumps({"data": data})
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(content) + content


class Canned(asyncio.Protocol):
    """One side's fixed answer; a gateway that names `_entities` otherwise gets the same under its name."""

    def __init__(self, answers: dict[bytes, bytes], counts: list[int], place: int) -> None:
        self._answers, self._counts, self._place = answers, counts, place
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            head, ended, body = self._received.partition(HEAD_END)
            if not ended:
                return
            length = int(head.lower().partition(LENGTH)[2].split(b"\r\n", 1)[0])
            if len(body) < length:
                return
            self._received = body[length:]
            self._counts[self._place] += 1
            for mark, fixed in self._answers.items():
                if mark in body:
                    self._transport.write(fixed)
                    break
            else:
                raise ValueError(body)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    counts = [0, 0]
    sides: list[dict[bytes, bytes]] = [
        {b"crates": answer({"crates": CATALOGUE})},
        {b"_e0": answer({"_e0": STOCK}), b"_entities": answer({"_entities": STOCK})},
    ]
    ports = []
    for place, answers in enumerate(sides):
        server = await loop.create_server(
            lambda answers=answers, place=place: Canned(answers, counts, place),  # type: ignore[misc]
            "127.0.0.1",
            0,
        )
        ports.append(server.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(counts), flush=True)
        counts[:] = [0, 0]


if __name__ == "__main__":
    uvloop.run(serve())
