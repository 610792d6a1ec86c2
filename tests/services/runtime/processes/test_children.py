import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Literal

import psutil
import pytest

from services.runtime.processes.children import start_child, stop_child

TIES = pytest.mark.parametrize(
    "tie",
    [pytest.param("kernel", marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux's")), "pipe"],
)
Tie = Literal["kernel", "pipe"]

PARENT = """
import signal, sys, time
from services.runtime.processes.children import start_child
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a run in the background ignores it: no shell could trap it
start_child(["/bin/sh", "-c", sys.argv[2]], death_signal=signal.SIGINT, tie=sys.argv[1])
print("started", flush=True)
time.sleep(60)
"""
# Tells what reached it, in a file, then ends in its own time.
TELLS = "trap 'echo closed in order > {told}; exit' INT; echo $$ > {pid}; while :; do sleep 0.05; done"


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 60
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < deadline, f"{path} stays empty"
        time.sleep(0.02)
    return path.read_text().strip()


@TIES
def test_a_child_hears_of_its_parents_violent_end(tie: Tie, tmp_path: Path) -> None:
    told, pid = tmp_path / "told", tmp_path / "pid"
    script = TELLS.format(told=told, pid=pid)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tie, script], stdout=subprocess.PIPE)
    child = psutil.Process(int(wait_for(pid)))
    assert not told.exists()

    parent.kill()

    assert wait_for(told) == "closed in order"
    child.wait(10)
    parent.communicate()


@TIES
def test_a_child_outlives_the_thread_that_asked_for_it(tie: Tie) -> None:
    started = []
    thread = threading.Thread(
        target=lambda: started.append(start_child(["/bin/sleep", "60"], death_signal=signal.SIGKILL, tie=tie))
    )
    thread.start()
    thread.join()
    time.sleep(0.3)
    assert started[0].poll() is None
    stop_child(started[0], signals=[(signal.SIGTERM, 5)])


@TIES
def test_the_exit_code_environment_and_directory_are_the_commands_own(tie: Tie, tmp_path: Path) -> None:
    child = start_child(
        ["/bin/sh", "-c", "cat; echo $ONLY $HOME; pwd; exit 7"],
        death_signal=signal.SIGKILL,
        environment={"ONLY": "this"},
        directory=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        tie=tie,
    )
    said, _ = child.communicate(b"heard\n")
    assert said.decode().splitlines() == ["heard", "this", str(tmp_path)]
    assert child.returncode == 7


def test_the_environment_is_not_on_any_command_line() -> None:
    child = start_child(
        ["/bin/sleep", "60"], death_signal=signal.SIGKILL, environment={"SECRET": "swordfish"}
    )
    try:
        deadline = time.monotonic() + 10
        while (line := psutil.Process(child.pid).cmdline()) != ["/bin/sleep", "60"]:
            assert "swordfish" not in " ".join(line)
            assert time.monotonic() < deadline
    finally:
        stop_child(child, signals=[])


@TIES
def test_a_command_that_is_not_there_is_an_exit_code_with_its_reason(tie: Tie) -> None:
    child = start_child(["/no/such"], death_signal=signal.SIGKILL, stderr=subprocess.PIPE, tie=tie)
    assert b"/no/such: " in child.communicate()[1]
    assert child.returncode == 126


@TIES
def test_stopping_ends_with_sigkill_and_spares_no_descendant(tie: Tie, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"trap '' TERM; sleep 60 & echo $! > {pid}; wait; sleep 60"
    child = start_child(["/bin/sh", "-c", script], death_signal=signal.SIGKILL, tie=tie)
    descendant = psutil.Process(int(wait_for(pid)))
    stop_child(child, signals=[(signal.SIGTERM, 0.3)])
    assert child.returncode == -signal.SIGKILL
    descendant.wait(10)


def test_a_signal_that_comes_as_the_command_starts_is_passed_on() -> None:
    for _ in range(10):
        child = start_child(
            ["/bin/sh", "-c", "trap 'exit 7' TERM; kill -TERM $PPID; while :; do sleep 0.01; done"],
            death_signal=signal.SIGKILL,
            tie="pipe",
        )
        try:
            assert child.wait(30) == 7
        finally:
            stop_child(child, signals=[])


@TIES
def test_ctrl_c_in_the_terminal_does_not_reach_children_by_itself(tie: Tie) -> None:
    child = start_child(["/bin/sleep", "60"], death_signal=signal.SIGKILL, tie=tie)
    try:
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    finally:
        stop_child(child, signals=[(signal.SIGTERM, 5)])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives way to another user")
def test_root_gives_way_for_good(tmp_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    child = start_child(
        ["/bin/sh", "-c", "id -u; id -g; id -G; cat /proc/self/status"],
        death_signal=signal.SIGKILL,
        user=(nobody.pw_uid, nobody.pw_gid),
        directory=Path("/"),
        stdout=subprocess.PIPE,
    )
    uid, gid, groups, *status = child.communicate()[0].decode().splitlines()
    assert (uid, gid, groups) == (str(nobody.pw_uid), str(nobody.pw_gid), str(nobody.pw_gid))
    assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}" in status
    assert "CapPrm:\t0000000000000000" in status


def test_programs_get_back_the_signals_that_python_ignores() -> None:
    child = start_child(
        ["/bin/sh", "-c", "grep SigIgn /proc/self/status"],
        death_signal=signal.SIGKILL,
        stdout=subprocess.PIPE,
    )
    ignored = int(child.communicate()[0].split()[1], 16)
    assert ignored & (1 << (signal.SIGPIPE - 1)) == 0
