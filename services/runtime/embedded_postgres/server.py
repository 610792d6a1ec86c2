"""PostgreSQL as a child of the command that needs it: from a package's programs, gone with its parent."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from services.runtime.embedded_postgres import cluster
from services.runtime.embedded_postgres.binaries import Binaries, usable_by
from services.runtime.embedded_postgres.failures import (
    AlreadyRunningError,
    CannotStartError,
    EmbeddedPostgresError,
)
from services.runtime.embedded_postgres.home import Home, find_home, make_home, make_password, password_of
from services.runtime.embedded_postgres.postmaster import clear_leftovers, read_postmaster
from services.runtime.embedded_postgres.socket_directory import make_socket_directory, remove_socket_directory
from services.runtime.processes.children import start_child, stop_child

STATE = Path(".essor")
ELSEWHERE = Path("/var/lib/essor")
START_SECONDS = 120  # crash recovery of a long day's work comes before the first connection
# SIGINT is the fast shutdown, with a checkpoint; SIGQUIT the immediate one, which the next start recovers.
STOP = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))


class EmbeddedPostgres:
    """The server of one state directory, run by this process.

    `elsewhere` is where root keeps what an unprivileged server could not reach in the state directory or in
    the Python environment.
    """

    def __init__(self, state: Path = STATE, *, elsewhere: Path = ELSEWHERE) -> None:
        self._state = state.resolve()
        self._elsewhere = elsewhere
        self._undo = ExitStack()
        self._child: subprocess.Popen[bytes] | None = None
        self._url = ""

    def start(self) -> None:
        """Returns once it takes connections. AlreadyRunningError when another process, or object, runs it."""
        if self._child is not None:
            raise AlreadyRunningError(f"the PostgreSQL of {self._state} is started already")
        with ExitStack() as undo:
            try:
                home = make_home(self._state, elsewhere=self._elsewhere)
                undo.callback(os.close, _lock(home))
                self._child, self._url = _start(home, self._state, self._elsewhere, undo)
            except PermissionError as refused:
                raise CannotStartError(
                    f"{refused.filename} belongs to another user: set ESSOR_STATE to a directory of your own"
                ) from refused
            self._undo = undo.pop_all()

    def stop(self) -> None:
        self._child = None
        self._undo.close()

    @property
    def url(self) -> str:
        """The owner's: `postgresql://essor:...@/essor?host=...`."""
        if self._child is None:
            raise EmbeddedPostgresError(f"the PostgreSQL of {self._state} is not started")
        return self._url

    @property
    def child(self) -> subprocess.Popen[bytes]:
        """For whoever watches over it: only a failure ends it before `stop`."""
        if self._child is None:
            raise EmbeddedPostgresError(f"the PostgreSQL of {self._state} is not started")
        return self._child

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def database(state: Path = STATE, *, elsewhere: Path = ELSEWHERE) -> Iterator[str]:
    """The url of the state directory's server: the one that runs, or one started for the block alone."""
    with ExitStack() as stack:
        deadline = time.monotonic() + START_SECONDS
        while (url := running_url(state)) is None:
            server = EmbeddedPostgres(state, elsewhere=elsewhere)
            try:
                url = stack.enter_context(server).url
                break
            except AlreadyRunningError:  # another process is starting or stopping it this instant
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield url


def running_url(state: Path = STATE) -> str | None:
    """The url of the server that another process runs for this state directory, when it takes connections."""
    state = state.resolve()
    try:
        home = find_home(state)
        if home is None or _is_free(home):
            return None
        postmaster = read_postmaster(home.data)
        password = password_of(state)
    except FileNotFoundError:
        return None
    except PermissionError as refused:
        raise CannotStartError(
            f"{refused.filename} belongs to another user: set ESSOR_STATE to a directory of your own"
        ) from refused
    if (
        postmaster is None
        or not postmaster.is_ready
        or postmaster.socket_directory is None
        or password is None
    ):
        return None
    return _url(password, postmaster.socket_directory)


def _start(home: Home, state: Path, elsewhere: Path, undo: ExitStack) -> tuple[subprocess.Popen[bytes], str]:
    binaries = usable_by(home.account, elsewhere=elsewhere)
    clear_leftovers(home)
    password = _prepare_data(binaries, home, state)
    socket_directory = make_socket_directory(home.account)
    undo.callback(remove_socket_directory, home.account, socket_directory)
    home.write(home.socket_record, f"{socket_directory}\n")
    home.write(home.startup_log, "")
    with home.startup_log.open("ab") as log:
        child = start_child(
            cluster.server_command(binaries, home, socket_directory),
            # However this process ends, the server closes in order; nothing else would stop it.
            death_signal=signal.SIGINT,
            user=home.account.user,
            environment=cluster.ENVIRONMENT,
            directory=Path("/"),
            stdout=log,
            stderr=log,
        )
    undo.callback(stop_child, child, signals=STOP)
    _wait_until_ready(home, child)
    return child, _url(password, socket_directory)


def _prepare_data(binaries: Binaries, home: Home, state: Path) -> str:
    password = password_of(state)
    if not home.data.exists():
        password = password or make_password(state)
        cluster.make_cluster(binaries, home, password)
        return password
    cluster.check_version(home)
    if password is None:
        password = make_password(state)
        cluster.set_password(binaries, home, password)
    return password


def _wait_until_ready(home: Home, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        postmaster = read_postmaster(home.data)
        if postmaster is not None and postmaster.is_ready:
            return
        time.sleep(0.01)
    state = "does not answer" if child.returncode is None else f"ended with code {child.returncode}"
    said = home.startup_log.read_text(errors="replace").strip()
    raise CannotStartError(f"PostgreSQL {state}. It said:\n{said}\nIts log is in {home.log}")


def _lock(home: Home) -> int:
    """Held until the descriptor closes, so a process that is killed leaves none behind."""
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode().strip()
        os.close(descriptor)
        raise AlreadyRunningError(f"process {holder} runs the PostgreSQL of {home.path} already") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _is_free(home: Home) -> bool:
    descriptor = os.open(home.lock, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def _url(password: str, socket_directory: Path) -> str:
    place = quote(str(socket_directory), safe="/")
    return f"postgresql://{cluster.OWNER}:{password}@/{cluster.DATABASE}?host={place}&port={cluster.PORT}"
