"""Starts the commands that make up a whole, waits until they answer, and stops all as soon as one ends."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from services.runtime.processes.children import Child, start_child, stop_child

GRACE_SECONDS = 25.0  # more than a server takes to finish what runs
POLL_SECONDS = 0.05
LARGEST_LOG_BYTES = 10_000_000
SHOWN_LOG_BYTES = 4_000


class SupervisionError(RuntimeError):
    """The message is meant for whoever typed the command."""


class AddressTakenError(SupervisionError):
    pass


class ChildEndedError(SupervisionError):
    pass


class NotReadyError(SupervisionError):
    pass


@dataclass(frozen=True)
class Command:
    """`environment` is all that the process gets: no other service's credentials."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str | None = None  # answers 200 once it can work


@dataclass(frozen=True)
class _Watched:
    name: str
    child: subprocess.Popen[bytes]
    log: Path | None
    ready_url: str | None = None


class Supervisor:
    """Nothing is started again: a process that ends is a fault to be seen, not covered up.

    Each child writes to `logs/NAME.log` by itself, and dies at once if this process is killed. Leaving the
    block stops the children, last started first.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._own: list[tuple[_Watched, Child]] = []
        self._watched: list[_Watched] = []

    def start(self, command: Command) -> None:
        if command.ready_url is not None:
            _refuse_taken(command)
        log = self._open_log(command.name)
        with log.open("ab") as output:
            child = start_child(
                command.arguments,
                death_signal=signal.SIGKILL,
                environment=command.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        watched = _Watched(command.name, child, log, command.ready_url)
        self._own.append((watched, child))
        self._watched.append(watched)

    def watch(self, name: str, child: subprocess.Popen[bytes]) -> None:
        """A process that somebody else starts and stops, and without which the rest cannot go on."""
        self._watched.append(_Watched(name, child, log=None))

    def wait_until_ready(self, timeout_seconds: float) -> None:
        """Until every command with a `ready_url` has answered."""
        deadline = time.monotonic() + timeout_seconds
        waiting = [watched for watched in self._watched if watched.ready_url is not None]
        with httpx.Client(timeout=2.0, trust_env=False) as client:
            while waiting:
                self.check()
                waiting = [watched for watched in waiting if not _answers(client, watched.ready_url)]
                if waiting and time.monotonic() > deadline:
                    raise NotReadyError(
                        f"{waiting[0].name} does not answer at {waiting[0].ready_url} after "
                        f"{timeout_seconds:.0f} s.{_end_of(waiting[0].log)}"
                    )
                if waiting:
                    time.sleep(POLL_SECONDS)
        self.check()

    def check(self) -> None:
        """ChildEndedError as soon as one has ended."""
        for watched in self._watched:
            code = watched.child.poll()
            if code is not None:
                raise ChildEndedError(f"{watched.name} {_ending(code)}, so all stops.{_end_of(watched.log)}")

    def wait(self) -> None:
        """For ever, or until one ends: ChildEndedError; a signal comes as `stop_on_signals` makes it."""
        while True:
            self.check()
            for watched in self._watched:
                _keep_small(watched.log)
            time.sleep(4 * POLL_SECONDS)

    def stop(self) -> None:
        while self._own:
            watched, child = self._own.pop()
            self._watched.remove(watched)
            stop_child(child, signals=((signal.SIGTERM, GRACE_SECONDS),))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _open_log(self, name: str) -> Path:
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        log = self._logs / f"{name}.log"
        log.touch(mode=0o600)
        _keep_small(log)
        return log


def _keep_small(log: Path | None) -> None:
    """One file and the one before it: enough to explain a fault, never enough to fill a disk.

    Emptied in place, because the child holds it open; what it writes during the copy is lost.
    """
    if log is not None and log.stat().st_size > LARGEST_LOG_BYTES:
        shutil.copy(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


def _refuse_taken(command: Command) -> None:
    """Otherwise another program's answer would pass for that of a child which cannot bind."""
    address = urlsplit(command.ready_url or "")
    host, port = address.hostname or "", address.port or 80
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return
    raise AddressTakenError(f"{command.name} cannot listen on port {port}: another program does already")


def _answers(client: httpx.Client, url: str | None) -> bool:
    if url is None:
        return True
    try:
        return client.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _ending(code: int) -> str:
    return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


def _end_of(log: Path | None) -> str:
    if log is None:
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - SHOWN_LOG_BYTES))
        said = file.read().decode(errors="replace").strip()
    return f" Its log, {log}, ends with:\n{said}" if said else f" Its log, {log}, is empty."
