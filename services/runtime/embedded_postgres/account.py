"""Which system user the server runs as: PostgreSQL refuses root, so root gives way to another user."""

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

from services.runtime.embedded_postgres.failures import CannotStartError
from services.runtime.processes.children import start_child

SERVER_USERS = ("postgres", "nobody")

# Asks the kernel rather than reading modes: access lists and mounts count too.
_MAY_REACH = """
import os, sys
uid, gid, mode, *paths = sys.argv[1:]
os.setgroups([]); os.setgid(int(gid)); os.setuid(int(uid))
sys.exit(not all(os.access(path, int(mode)) for path in paths))
"""


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    @property
    def user(self) -> tuple[int, int] | None:
        """What to become, or None when this process is that user already."""
        return None if self.uid == os.geteuid() else (self.uid, self.gid)

    def may_reach(self, *paths: Path, mode: int) -> bool:
        if self.user is None:
            return all(os.access(path, mode) for path in paths)
        question = [str(self.uid), str(self.gid), str(mode), *map(str, paths)]
        answer = subprocess.run(  # noqa: S603 - this interpreter, and no user's text
            [sys.executable, "-I", "-S", "-c", _MAY_REACH, *question], cwd="/", check=False
        )
        return answer.returncode == 0

    def run(self, command: Sequence[str], *, environment: dict[str, str], text: str = "") -> str:
        """Runs to its end as this account, fed `text`; what it said, or CannotStartError with it."""
        child = start_child(
            command,
            death_signal=SIGKILL,
            user=self.user,
            environment=environment,
            directory=Path("/"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = child.communicate(text.encode())[0].decode(errors="replace")
        if child.returncode != 0:
            raise CannotStartError(
                f"{Path(command[0]).name} failed (exit code {child.returncode}):\n{said.strip()}"
            )
        return said

    def give(self, path: Path, mode: int) -> None:
        """Only ever on what we have just made ourselves."""
        if self.user is not None:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)


def account_for(kept: Path) -> Account:
    """The owner of what exists already; for what is new this user, or instead of root another."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        owner = kept.stat()
    except FileNotFoundError:
        return unprivileged()
    if owner.st_uid == 0:
        raise CannotStartError(
            f"{kept} belongs to root, as whom PostgreSQL does not run: give it back to the user that made it"
        )
    return Account(owner.st_uid, owner.st_gid)


def unprivileged() -> Account:
    for name in SERVER_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise CannotStartError(
        f"PostgreSQL does not run as root, and this machine has no user "
        f"{' or '.join(SERVER_USERS)} to run it as: run Essor as an ordinary user, or set ESSOR_DATABASE_URL"
    )
