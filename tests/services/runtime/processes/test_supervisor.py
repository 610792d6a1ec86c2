"""A small `essor up` of two web servers, stopped in every way there is."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from services.runtime.processes.record import AlreadyUpError, find_running, record_running, stop_running
from services.runtime.processes.supervisor import (
    LARGEST_LOG_BYTES,
    AddressTakenError,
    ChildEndedError,
    Command,
    NotReadyError,
    Supervisor,
)

UP = """
import os, sys
from pathlib import Path
from services.runtime.processes.record import record_running
from services.runtime.processes.stop_signals import StopRequested, stop_on_signals
from services.runtime.processes.supervisor import ChildEndedError, Command, Supervisor

state, *ports = sys.argv[1:]
server = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", state]
try:
    with stop_on_signals(), record_running(Path(state), {}), Supervisor(Path(state) / "logs") as supervisor:
        for port in ports:
            url = f"http://127.0.0.1:{port}/"
            supervisor.start(Command(f"web-{port}", [*server, port], dict(os.environ), url))
        supervisor.wait_until_ready(20)
        print("ready", flush=True)
        supervisor.wait()
except StopRequested:
    print("stopped in order", flush=True)
except ChildEndedError as ended:
    print(ended, flush=True)
    sys.exit(3)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    def __init__(self, state: Path) -> None:
        self.state = state
        self.ports = [free_port(), free_port()]
        self.process = subprocess.Popen(
            [sys.executable, "-c", UP, str(state), *map(str, self.ports)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.children = psutil.Process(self.process.pid).children(recursive=True)
        assert len(self.children) == 2

    def end(self) -> tuple[str, int]:
        said, _ = self.process.communicate(timeout=20)
        return said, self.process.returncode

    def assert_nothing_runs(self) -> None:
        _, alive = psutil.wait_procs(self.children, timeout=10)
        assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    running = Up(tmp_path)
    yield running
    running.process.kill()
    running.process.communicate()
    running.assert_nothing_runs()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process_in_order(up: Up, number: signal.Signals) -> None:
    up.process.send_signal(number)
    assert up.end() == ("stopped in order\n", 0)
    up.assert_nothing_runs()
    assert find_running(up.state) is None


def test_killing_it_leaves_nothing(up: Up) -> None:
    up.process.kill()
    up.process.wait()
    up.assert_nothing_runs()
    assert find_running(up.state) is None


def test_the_end_of_one_stops_all_and_says_so(up: Up) -> None:
    up.children[0].terminate()
    said, code = up.end()
    assert code == 3
    assert said.startswith(f"web-{up.ports[0]} was ended by SIGTERM, so all stops. Its log, ")
    assert "GET / " in said
    up.assert_nothing_runs()


def test_another_command_finds_and_stops_it(up: Up) -> None:
    running = find_running(up.state)
    assert running is not None
    assert running.pid == up.process.pid
    assert stop_running(up.state) is True
    up.assert_nothing_runs()
    assert stop_running(up.state) is False


def test_a_second_one_in_the_same_place_is_refused(up: Up) -> None:
    with pytest.raises(AlreadyUpError, match="already runs in"), record_running(up.state, {}):
        pytest.fail("two of them ran")
    assert find_running(up.state) is not None


def test_a_record_tells_the_addresses_while_it_runs(tmp_path: Path) -> None:
    with record_running(tmp_path, {"gateway": "http://127.0.0.1:8000"}):
        running = find_running(tmp_path)
        assert running is not None
        assert running.addresses == {"gateway": "http://127.0.0.1:8000"}
    assert find_running(tmp_path) is None


def test_a_number_that_belongs_to_another_program_by_now_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen(["/bin/sleep", "60"])
    try:
        facts = {"pid": other.pid, "started": psutil.Process(other.pid).create_time() - 3600, "addresses": {}}
        (tmp_path / "up.json").write_text(json.dumps(facts))
        assert find_running(tmp_path) is None
        assert stop_running(tmp_path) is False
        assert other.poll() is None
        with record_running(tmp_path, {}):
            running = find_running(tmp_path)
            assert running is not None
            assert running.pid == os.getpid()
    finally:
        other.kill()
        other.wait()


def shell(name: str, script: str, ready_url: str | None = None) -> Command:
    return Command(name, ["/bin/sh", "-c", script], {"ONLY": "this"}, ready_url)


def test_a_child_that_ends_before_it_is_ready_is_told_with_its_log(tmp_path: Path) -> None:
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(
            shell("loans", "echo no such database; exit 4", f"http://127.0.0.1:{free_port()}/ready")
        )
        with pytest.raises(ChildEndedError, match=r"(?s)loans ended with code 4, .*no such database"):
            supervisor.wait_until_ready(20)


def test_waiting_has_an_end(tmp_path: Path) -> None:
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(shell("loans", "sleep 60", f"http://127.0.0.1:{free_port()}/ready"))
        with pytest.raises(NotReadyError, match="loans does not answer at"):
            supervisor.wait_until_ready(0.2)


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, Supervisor(tmp_path / "logs") as supervisor:
        port = other.getsockname()[1]
        with pytest.raises(AddressTakenError, match=f"loans cannot listen on port {port}"):
            supervisor.start(shell("loans", "sleep 60", f"http://127.0.0.1:{port}/ready"))


def test_children_stop_last_started_first_and_the_stubborn_are_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.processes.supervisor.GRACE_SECONDS", 0.3)
    told = tmp_path / "told"
    with Supervisor(tmp_path / "logs") as supervisor:
        for name in ("first", "second"):
            trap = f"trap 'echo {name} >> {told}; exit' TERM; echo up; while :; do sleep 0.02; done"
            supervisor.start(shell(name, trap))
        supervisor.start(shell("stubborn", "trap '' TERM; echo up; while :; do sleep 0.02; done"))
        for name in ("first", "second", "stubborn"):
            wait_for_line(tmp_path / "logs" / f"{name}.log")
    assert told.read_text().split() == ["second", "first"]


def test_what_it_only_watches_it_does_not_stop(tmp_path: Path) -> None:
    other = subprocess.Popen(["/bin/sleep", "60"])
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.watch("postgresql", other)
    assert other.poll() is None
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.watch("postgresql", other)
        other.kill()
        other.wait()
        with pytest.raises(ChildEndedError, match="postgresql was ended by SIGKILL"):
            supervisor.wait()


def test_a_child_gets_its_own_environment_only_and_a_private_log(tmp_path: Path) -> None:
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(shell("loans", "env; sleep 60"))
        log = tmp_path / "logs" / "loans.log"
        wait_for_line(log)
        assert "ONLY=this" in log.read_text()
        assert "HOME=" not in log.read_text()
        assert log.stat().st_mode & 0o077 == 0


def test_logs_stay_small(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "loans.log").write_bytes(b"x" * (LARGEST_LOG_BYTES + 1))
    with Supervisor(logs) as supervisor:
        supervisor.start(shell("loans", "echo new; sleep 60"))
        wait_for_line(logs / "loans.log")
    assert (logs / "loans.log").read_text() == "new\n"
    assert (logs / "loans.log.1").stat().st_size > LARGEST_LOG_BYTES


def wait_for_line(log: Path) -> None:
    deadline = time.monotonic() + 10
    while not log.read_text().strip():
        assert time.monotonic() < deadline, f"{log} stays empty"
        time.sleep(0.02)
