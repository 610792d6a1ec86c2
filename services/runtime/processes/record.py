"""What `essor up` leaves in the state directory while it runs, so that other commands find it."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

RECORD = "up.json"
# Two readings of one process's start differ by the clock's corrections in between, never by this much.
SAME_START_SECONDS = 2.0
POLL_SECONDS = 0.05


class AlreadyUpError(RuntimeError):
    """Another process runs Essor in this state directory."""


@dataclass(frozen=True)
class Running:
    pid: int
    addresses: Mapping[str, str]  # by name, as the command gave them
    process: psutil.Process


@contextmanager
def record_running(state: Path, addresses: Mapping[str, str]) -> Iterator[None]:
    """AlreadyUpError if one runs already. A record left by a `kill -9` is nobody's, and is replaced."""
    path = state / RECORD
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyUpError(f"Essor already runs in {state}: essor status tells more") from None
        os.ftruncate(descriptor, 0)
        this = psutil.Process()
        facts = {"pid": this.pid, "started": this.create_time(), "addresses": dict(addresses)}
        os.write(descriptor, json.dumps(facts).encode())
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def find_running(state: Path) -> Running | None:
    """The process that the record names, if it is still that one: numbers are used again."""
    try:
        facts = json.loads((state / RECORD).read_text())
        process = psutil.Process(facts["pid"])
        is_same = abs(process.create_time() - facts["started"]) < SAME_START_SECONDS
    except (FileNotFoundError, json.JSONDecodeError, psutil.NoSuchProcess):
        return None
    if not is_same or process.status() == psutil.STATUS_ZOMBIE:
        return None
    return Running(facts["pid"], facts["addresses"], process)


def stop_running(state: Path, *, patience_seconds: float = 90) -> bool:
    """Asks it to stop in good order and waits until it has. False if none ran; TimeoutError if it stays."""
    running = find_running(state)
    if running is None:
        return False
    try:
        running.process.send_signal(signal.SIGTERM)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        raise PermissionError(f"process {running.pid} belongs to another user") from None
    # Asked again rather than waited for: one that has ended stays a zombie until its own parent looks.
    deadline = time.monotonic() + patience_seconds
    while find_running(state) is not None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {running.pid} still runs after {patience_seconds:.0f} s")
        time.sleep(POLL_SECONDS)
    return True
