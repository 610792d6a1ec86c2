"""A directory for the server's socket: short, as a socket's name must be, and its user's alone."""

import os
import shutil
import tempfile
from pathlib import Path

from services.runtime.embedded_postgres.account import Account
from services.runtime.embedded_postgres.failures import CannotStartError

LONGEST_SOCKET_BYTES = 103  # 107 on Linux, 103 on macOS
SOCKET_NAME = ".s.PGSQL.5432"


def make_socket_directory(account: Account) -> Path:
    """A fresh name each time, 0700 from its first instant: nobody can have made it before us."""
    for parent in dict.fromkeys([Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/run")]):  # noqa: S108
        try:
            directory = Path(tempfile.mkdtemp(prefix="essor-", dir=parent))
        except OSError:
            continue
        is_short = len(os.fsencode(directory / SOCKET_NAME)) <= LONGEST_SOCKET_BYTES
        if is_short and account.may_reach(parent, mode=os.X_OK):
            account.give(directory, 0o700)
            return directory
        shutil.rmtree(directory)
    raise CannotStartError(
        "found no directory for PostgreSQL's socket: set TMPDIR to a short path that its user can reach"
    )


def remove_socket_directory(account: Account, directory: Path) -> None:
    """Only a directory of the account's own, and only what a server leaves in it."""
    try:
        owner = directory.lstat().st_uid
    except FileNotFoundError:
        return
    if owner != account.uid or directory.is_symlink() or not directory.is_dir():
        return
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (directory / name).unlink(missing_ok=True)
    directory.rmdir()
