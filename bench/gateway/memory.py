"""The gateway's memory over many distinct documents, each parsed, validated and planned.

python bench/gateway/memory.py [--documents 100000] [--json]

The subgraphs are the canned ones of `compare.py`. Each document has another name and other fields; one in
ten is asked three times more, so that functions are written for it. Fails if the gateway holds more at the
end than after a fifth of the documents, when its caches are full, by more than a tenth.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import sys
import tempfile
import time
from pathlib import Path

from compare import Gateway, Subgraphs, cpu_seconds, gateways, memory_mb, own_supergraph

FIELDS = [
    "label",
    "weight",
    "origin { city }",
    "origin { country }",
    "shelf",
    "count",
    "movements { on count }",
]
TIMES = 3
STEPS = 10
ALLOWED = 1.10


def documents() -> list[str]:
    """Every choice of fields there is."""
    sizes = range(1, len(FIELDS) + 1)
    return [" ".join(each) for size in sizes for each in itertools.combinations(FIELDS, size)]


def ask(connection: http.client.HTTPConnection, query: str) -> None:
    body = json.dumps({"query": query, "variables": {"page": 1}})
    connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != http.client.OK or b'"errors"' in answer:
        raise SystemExit(f"{query}: {answer[:1000].decode()}")


def measure(gateway: Gateway, total: int) -> list[float]:
    """Megabytes held after each tenth of the documents."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    choices = documents()
    held = []
    for number in range(total):
        chosen = choices[number % len(choices)]
        query = f"query Number{number}($page: Int!) {{ crates(page: $page) {{ id {chosen} }} }}"
        for _ in range(1 if number % 10 else 1 + TIMES):
            ask(connection, query)
        if (number + 1) % (total // STEPS) == 0:
            held.append(memory_mb(gateway.process.pid))
            print(f"{number + 1:>8} documents: {held[-1]:.1f} MB", file=sys.stderr, flush=True)
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    subgraphs = Subgraphs()
    with contextlib.ExitStack() as stack:
        stack.callback(subgraphs.stop)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="essor-bench-")))
        (gateway,) = stack.enter_context(gateways(["essor"], own_supergraph(subgraphs, directory), directory))
        before, started = memory_mb(gateway.process.pid), time.perf_counter()
        held = measure(gateway, options.documents)
        cpu, seconds = cpu_seconds(gateway.process.pid), time.perf_counter() - started
    facts = {"documents": options.documents, "before_mb": before, "held_mb": held, "cpu_seconds": cpu}
    if options.json:
        print(json.dumps(facts, indent=1))
    else:
        print(f"{options.documents} documents in {seconds:.0f} s, CPU {cpu:.0f} s; MB before {before:.1f}")
        print("MB after each tenth:", " ".join(f"{each:.1f}" for each in held))
    full = held[STEPS // 5 - 1]
    if held[-1] > full * ALLOWED:
        raise SystemExit(f"the gateway grew from {full:.1f} to {held[-1]:.1f} MB")


if __name__ == "__main__":
    main()
