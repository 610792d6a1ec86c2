"""Starts a child process that dies when this one does, even of a `kill -9`."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Literal

Stream = int | IO[bytes]
Tie = Literal["kernel", "pipe"]

LAUNCHER = Path(__file__).with_name("launcher.py")
# Linux signals a child at its parent's death; elsewhere a watcher stands between, at the end of a pipe.
TIE: Tie = "kernel" if sys.platform == "linux" else "pipe"


class Child(subprocess.Popen[bytes]):
    """A running command; `lifeline` is this process's end of the watcher's pipe, where there is a watcher."""

    lifeline: int | None = None

    def poll(self) -> int | None:
        code = super().poll()
        self._close_lifeline_after_end()
        return code

    def wait(self, timeout: float | None = None) -> int:
        code = super().wait(timeout)
        self._close_lifeline_after_end()
        return code

    def _close_lifeline_after_end(self) -> None:
        if self.returncode is not None and self.lifeline is not None:
            os.close(self.lifeline)
            self.lifeline = None


class _Starter:
    """Linux sends the signal when the *thread* that forked ends: one that never ends forks for all."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Future[Child], Callable[[], Child]]] = SimpleQueue()
        threading.Thread(target=self._work, name="starts-children", daemon=True).start()

    def _work(self) -> None:
        while True:
            future, start = self._jobs.get()
            try:
                future.set_result(start())
            except BaseException as failure:  # noqa: BLE001 - handed to the thread that asked
                future.set_exception(failure)

    def run(self, start: Callable[[], Child]) -> Child:
        future: Future[Child] = Future()
        self._jobs.put((future, start))
        return future.result()


_starters: dict[int, _Starter] = {}  # by process: a forked copy has none of its parent's threads
_starters_lock = threading.Lock()


def _starter() -> _Starter:
    with _starters_lock:
        return _starters.setdefault(os.getpid(), _starters.get(os.getpid()) or _Starter())


def start_child(
    command: Sequence[str],
    *,
    death_signal: signal.Signals,
    user: tuple[int, int] | None = None,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream | None = None,
    stderr: Stream | None = None,
    tie: Tie = TIE,
) -> Child:
    """`death_signal` is what the child gets when this process dies; `user` the (uid, gid) root gives way to.

    The child is in a session of its own: Ctrl-C reaches this process alone, which stops its children in its
    order. With the kernel's tie the child's pid is the command's own; with the pipe it is that of a watcher,
    which passes signals on.
    """
    orders, our_orders = os.pipe()
    lifeline, our_lifeline = os.pipe() if tie == "pipe" else (None, None)
    theirs = (orders,) if lifeline is None else (orders, lifeline)
    # -I and -S: no site-packages and nothing of the caller's directory, which root must not run.
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(orders), *command]

    def start() -> Child:
        return Child(
            launcher,
            cwd=directory,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=theirs,
            start_new_session=True,
        )

    try:
        child = _starter().run(start)
    except BaseException:
        _close(our_orders, our_lifeline)
        raise
    finally:
        _close(*theirs)
    child.lifeline = our_lifeline
    # By a pipe, because an environment holds passwords and a command line is read by every user.
    said = {
        "parent": os.getpid(),
        "death_signal": int(death_signal),
        "user": user,
        "lifeline": lifeline,
        "environment": None if environment is None else dict(environment),
    }
    # A child that is dead before it reads tells so by its exit code.
    with suppress(BrokenPipeError), os.fdopen(our_orders, "w") as pipe:
        json.dump(said, pipe)
    return child


def _close(*descriptors: int | None) -> None:
    for descriptor in descriptors:
        if descriptor is not None:
            os.close(descriptor)


def stop_child(child: subprocess.Popen[bytes], *, signals: Sequence[tuple[signal.Signals, float]]) -> int:
    """Sends each signal in turn, waits its seconds, and ends with SIGKILL. Returns the exit code."""
    for number, patience_seconds in signals:
        if child.poll() is not None:
            break
        child.send_signal(number)
        try:
            child.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            continue
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)  # its own session's, so what it started ends too
    return child.wait()
