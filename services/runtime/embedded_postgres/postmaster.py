"""What a data directory says of the server that runs on it, or ran on it and was cut short."""

import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from services.runtime.embedded_postgres.failures import CannotStartError
from services.runtime.embedded_postgres.home import Home
from services.runtime.embedded_postgres.socket_directory import remove_socket_directory

STATUS_LINE = 7
SOCKET_LINE = 4


@dataclass(frozen=True)
class Postmaster:
    """`postmaster.pid`, which PostgreSQL fills line by line as it starts."""

    pid: int
    socket_directory: Path | None
    is_ready: bool


def read_postmaster(data: Path) -> Postmaster | None:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    socket = lines[SOCKET_LINE].strip() if len(lines) > SOCKET_LINE else ""
    status = lines[STATUS_LINE].strip() if len(lines) > STATUS_LINE else ""
    return Postmaster(int(lines[0]), Path(socket) if socket else None, status == "ready")


def clear_leftovers(home: Home, *, patience_seconds: float = 30) -> None:
    """After a `kill -9` the old server may still be closing: waits for it, then removes what it left.

    PostgreSQL refuses to start on a `postmaster.pid` whose number now belongs to another process of its user,
    as happens in containers; the file goes only once no process works in the data directory any more.
    """
    deadline = time.monotonic() + patience_seconds
    step = 0
    while processes := _processes_in(home.data):
        left_seconds = deadline - time.monotonic()
        if left_seconds < 0:
            raise CannotStartError(
                f"a former PostgreSQL still runs on {home.data}: process {processes[0].pid}"
            )
        if step == 0 or left_seconds < patience_seconds / 2:
            _ask_to_stop(home.data, signal.SIGINT if step == 0 else signal.SIGQUIT)
        step += 1
        time.sleep(0.05)
    (home.data / "postmaster.pid").unlink(missing_ok=True)
    _remove_socket_directory(home)


def _remove_socket_directory(home: Home) -> None:
    try:
        directory = Path(home.socket_record.read_text().strip())
    except FileNotFoundError:
        return
    remove_socket_directory(home.account, directory)
    home.socket_record.unlink()


def _ask_to_stop(data: Path, number: signal.Signals) -> None:
    postmaster = read_postmaster(data)
    for process in _processes_in(data):
        if postmaster is None or process.pid == postmaster.pid:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue


def _processes_in(data: Path) -> list[psutil.Process]:
    """Every process of a server has its data directory as its working directory."""
    if not (data / "postmaster.pid").exists():
        return []
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(data):
                found.append(process)
        except psutil.Error:
            continue
    return found
