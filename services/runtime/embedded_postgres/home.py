"""Where a state directory's server keeps its things: inside, or elsewhere if its user cannot reach inside.

    home/
      data/       what PostgreSQL calls its data directory, 0700, its user's
      log/        its own log, a file a weekday
      startup.log what it said before it had a log
      lock        held by the process that runs the server
      socket      where that process made the socket's directory

The password stays in the state directory itself, with whoever runs Essor.
"""

import os
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from services.runtime.embedded_postgres.account import Account, account_for
from services.runtime.embedded_postgres.failures import CannotStartError

INSIDE = "postgres"
ELSEWHERE = "postgres-is-in"  # a file that holds the path
PASSWORD = "postgres-password"  # noqa: S105 - a file's name


@dataclass(frozen=True)
class Home:
    path: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def startup_log(self) -> Path:
        return self.path / "startup.log"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def socket_record(self) -> Path:
        return self.path / "socket"

    def write(self, path: Path, text: str) -> None:
        """0600, of the home's owner: root may serve an ordinary user's home, and leaves it usable."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            if os.geteuid() == 0:
                owner = self.path.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            file.write(text)


def find_home(state: Path) -> Home | None:
    """The home that an earlier start has made, or None."""
    path = _recorded(state)
    return None if path is None else Home(path, account_for(path / "log"))


def make_home(state: Path, *, elsewhere: Path) -> Home:
    path = _recorded(state)
    if path is not None:
        return Home(path, account_for(path / "log"))
    account = account_for(state / INSIDE / "log")
    make_state_directory(state)
    if account.may_reach(state, mode=os.X_OK):
        _make_inside(state / INSIDE, account)
    else:
        _make_elsewhere(state, account, elsewhere)
    path = _recorded(state)
    if path is None:
        raise CannotStartError(f"could not make a place for PostgreSQL's data in {state}")
    return Home(path, account)


def make_state_directory(state: Path) -> None:
    """Private to its owner; made by root, the server's user may pass through it, and read nothing."""
    try:
        state.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        return
    account = account_for(state / INSIDE / "log")
    if account.user is not None:
        os.chown(state, os.geteuid(), account.gid)
        state.chmod(0o710)


def make_shared_directory(path: Path) -> None:
    """Root's directory for what its servers' users must reach."""
    path.mkdir(parents=True, exist_ok=True, mode=0o711)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CannotStartError(f"{path} must be a directory that only root may write to")


def password_of(state: Path) -> str | None:
    try:
        return (state / PASSWORD).read_text().strip()
    except FileNotFoundError:
        return None
    except PermissionError as refused:
        raise CannotStartError(
            f"{state} belongs to another user: set ESSOR_STATE to a directory of your own"
        ) from refused


def make_password(state: Path) -> str:
    password = secrets.token_urlsafe(32)
    descriptor = os.open(state / PASSWORD, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
        file.flush()
        os.fsync(descriptor)
    return password


def _recorded(state: Path) -> Path | None:
    if (state / INSIDE).is_dir():
        return state / INSIDE
    try:
        path = Path((state / ELSEWHERE).read_text().strip())
    except FileNotFoundError:
        return None
    if not path.is_dir():
        raise CannotStartError(f"{state / ELSEWHERE} says that the data is in {path}, which is not there")
    return path


def _make_inside(path: Path, account: Account) -> None:
    """Complete before it has its name, so that nobody finds it half made."""
    prepared = _prepare(path.parent, account)
    try:
        prepared.rename(path)
    except OSError:  # another start was faster; two homes are never wanted
        shutil.rmtree(prepared)
        if not path.is_dir():
            raise


def _make_elsewhere(state: Path, account: Account, elsewhere: Path) -> None:
    make_shared_directory(elsewhere)
    prepared = _prepare(elsewhere, account)
    (prepared / "belongs-to").write_text(f"{state}\n")
    record = state / f"{ELSEWHERE}.{prepared.name}"
    record.write_text(f"{prepared}\n")
    try:
        os.link(record, state / ELSEWHERE)
    except FileExistsError:
        shutil.rmtree(prepared)
    finally:
        record.unlink()


def _prepare(parent: Path, account: Account) -> Path:
    prepared = Path(tempfile.mkdtemp(dir=parent, prefix="postgres-"))
    (prepared / "log").mkdir()
    account.give(prepared / "log", 0o700)
    if account.user is not None:
        os.chown(prepared, os.geteuid(), account.gid)
        prepared.chmod(0o710)
    return prepared
