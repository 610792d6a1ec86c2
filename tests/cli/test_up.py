"""`essor up`: what it starts, what it leaves, and what becomes of it when it is killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from services.runtime.settings import REPOSITORY

ESSOR = str(Path(sys.executable).parent / "essor")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Machine:
    """A state directory, its ports, and the `essor up` that runs there."""

    state: Path
    ports: dict[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("loans", "capital", "gateway")}
    )
    running: subprocess.Popen[bytes] | None = None
    family: list[psutil.Process] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")}
        ports = {f"ESSOR_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        return {**inherited, **ports, "ESSOR_STATE": str(self.state), "ESSOR_DEMO": "small"}

    def up(self) -> None:
        log = (self.state.parent / "up.log").open("ab")
        self.running = subprocess.Popen(
            [ESSOR, "up"],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + 90
        while not all(self.is_ready(name) for name in self.ports):
            assert self.running.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)
        self.family = psutil.Process(self.running.pid).children(recursive=True)

    def is_ready(self, name: str) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports[name]}/ready", timeout=5).is_success
        except httpx.TransportError:
            return False

    def end(self, number: signal.Signals) -> int:
        assert self.running is not None
        self.running.send_signal(number)
        return self.running.wait(60)

    def survivors(self) -> list[str]:
        """Children that still run ten seconds after their parent's end."""
        _, alive = psutil.wait_procs(self.family, timeout=10)
        return [process.name() for process in alive]

    def essor(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ESSOR, *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def log(self) -> str:
        return (self.state.parent / "up.log").read_text()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "state")
    yield machine
    if machine.running is not None and machine.running.poll() is None:
        machine.running.kill()
        machine.running.wait(10)
        machine.survivors()


def count_loans(machine: Machine) -> int:
    query = "{ loans(first: 1) { totalCount } }"
    asked = ("call", "--role", "admin", "--pick", "data.loans.totalCount", "QUERY", query)
    return int(machine.essor(*asked).stdout)


@pytest.mark.timeout(240)
@pytest.mark.long
def test_what_a_kill_leaves_is_nothing_running_and_nothing_lost(machine: Machine) -> None:
    machine.up()
    fund = {"region": "84", "name": "Fonds d'avant la coupure", "opened_on": "2025-01-06"}
    made = machine.essor("call", "--region", "84", "--pick", "id", "POST", "loans/funds", json.dumps(fund))
    assert made.returncode == 0, made.stderr
    status = machine.essor("status", "--json")
    assert json.loads(status.stdout)["servers"] == dict.fromkeys(("loans", "capital", "gateway"), "ready")

    added = json.loads(machine.essor("clients", "add", "desk", "--role", "admin", "--json").stdout)

    machine.end(signal.SIGKILL)
    assert machine.survivors() == []
    assert machine.essor("status").returncode == 1

    machine.up()
    found = machine.essor("call", "--region", "84", "GET", f"loans/funds/{made.stdout.strip()}")
    assert json.loads(found.stdout)["name"] == fund["name"]
    granted = httpx.post(
        f"http://127.0.0.1:{machine.ports['gateway']}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(added["client_id"], added["client_secret"]),
        timeout=30,
    )
    assert granted.status_code == 200, granted.text
    verified = machine.essor("ledger", "verify", "--json")
    assert verified.returncode == 0
    assert all(not proof["differences"] for proof in json.loads(verified.stdout).values())

    assert machine.end(signal.SIGINT) == 0, machine.log
    assert machine.survivors() == []
    assert "its data is kept" in machine.log


@pytest.mark.timeout(240)
@pytest.mark.long
def test_demonstration_data_comes_once_and_a_second_up_is_refused(machine: Machine) -> None:
    machine.up()
    deadline = time.monotonic() + 60
    while "Demonstration data is loaded" not in machine.log:
        assert time.monotonic() < deadline, machine.log
        time.sleep(0.2)
    loans = count_loans(machine)
    assert loans > 20
    second = machine.essor("up")
    assert second.returncode == 2
    assert "already runs" in second.stderr
    assert machine.essor("demo").returncode == 0
    assert count_loans(machine) == loans
    assert machine.essor("down").returncode == 0
    assert machine.survivors() == []


def test_a_port_in_use_is_said_by_its_number(machine: Machine) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", machine.ports["loans"]))
        listener.listen()
        done = machine.essor("up")
    assert done.returncode == 2
    assert str(machine.ports["loans"]) in done.stderr


def test_the_gateway_runs_alone_on_any_supergraph_without_tokens(machine: Machine) -> None:
    supergraph = REPOSITORY / "tests" / "gateway" / "supergraphs" / "shop" / "supergraph.graphql"
    port = free_port()
    alone = subprocess.Popen(
        [ESSOR, "gateway", "--supergraph", str(supergraph), "--port", str(port), "--no-auth", "--json"],
        env=machine.environment,
        stdout=subprocess.PIPE,
    )
    try:
        assert alone.stdout is not None
        deadline = time.monotonic() + 30
        while True:
            try:
                answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ __typename }"})
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert answer.json() == {"data": {"__typename": "Query"}}
    finally:
        alone.terminate()
        said, _ = alone.communicate(timeout=20)
    assert json.loads(said[: said.index(b"}") + 1])["address"] == f"http://127.0.0.1:{port}"
