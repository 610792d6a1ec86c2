import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from signal import SIGKILL
from typing import Any

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.runtime.embedded_postgres import (
    AlreadyRunningError,
    CannotStartError,
    EmbeddedPostgres,
    database,
    running_url,
)
from services.runtime.embedded_postgres.account import account_for
from services.runtime.embedded_postgres.home import make_home
from services.runtime.processes.children import start_child, stop_child

Ask = Callable[..., Awaitable[object]]
ServersIn = Callable[[Path], list[psutil.Process]]
Wait = Callable[[Path], None]
Hold = Callable[[Path], Any]


def socket_directory(url: str) -> Path:
    return Path(url.partition("?host=")[2].partition("&")[0])


async def test_keeps_its_data_from_one_start_to_the_next(
    state: Path, ask: Ask, servers_in: ServersIn
) -> None:
    with EmbeddedPostgres(state) as server:
        first = socket_directory(server.url)
        await ask(server.url, "CREATE TABLE over_a_restart AS SELECT 42 AS figure")
        assert servers_in(state)

    assert not servers_in(state)
    assert not first.exists()
    with EmbeddedPostgres(state) as server:
        assert await ask(server.url, "SELECT figure FROM over_a_restart") == 42


async def test_sqlalchemy_takes_the_url(state: Path) -> None:
    with EmbeddedPostgres(state) as server:
        engine = create_async_engine(server.url.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT current_user"))).scalar_one() == "essor"
        await engine.dispose()


async def test_keeps_what_was_committed_and_leaves_nothing_running_when_its_parent_is_killed(
    state: Path, ask: Ask, hold_server: Hold, servers_in: ServersIn, wait_until_none_runs_in: Wait
) -> None:
    holder = hold_server(state)
    await ask(holder.url, "CREATE TABLE over_a_kill AS SELECT generate_series(1, 1000) AS figure")
    busy = await asyncpg.connect(holder.url)
    await busy.execute("BEGIN; INSERT INTO over_a_kill VALUES (0)")

    holder.process.send_signal(SIGKILL)
    wait_until_none_runs_in(state)

    busy.terminate()
    left = socket_directory(holder.url)
    with EmbeddedPostgres(state) as server:
        assert await ask(server.url, "SELECT count(*) FROM over_a_kill") == 1000
        assert not left.exists()
    assert not servers_in(state)


async def test_starts_again_at_once_after_a_kill_and_waits_for_the_one_that_is_closing(
    state: Path, ask: Ask, hold_server: Hold
) -> None:
    holder = hold_server(state)
    await ask(holder.url, "CREATE TABLE over_a_quick_restart AS SELECT 42 AS figure")
    holder.process.send_signal(SIGKILL)
    holder.process.wait()
    with EmbeddedPostgres(state) as server:
        assert await ask(server.url, "SELECT figure FROM over_a_quick_restart") == 42


async def test_recovers_when_the_server_itself_is_killed(
    state: Path, ask: Ask, servers_in: ServersIn
) -> None:
    server = EmbeddedPostgres(state)
    server.start()
    await ask(server.url, "CREATE TABLE over_a_crash AS SELECT 42 AS figure")
    for process in servers_in(state):
        process.kill()
    server.child.wait()
    server.stop()
    with server:
        assert await ask(server.url, "SELECT figure FROM over_a_crash") == 42


async def test_two_state_directories_run_side_by_side(open_directory: Path, state: Path, ask: Ask) -> None:
    with EmbeddedPostgres(state) as one, EmbeddedPostgres(open_directory / "other") as two:
        await ask(one.url, "CREATE TABLE only_in_one ()")
        assert await ask(two.url, "SELECT to_regclass('only_in_one')") is None
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(one.url.replace(_password(one.url), _password(two.url)), "SELECT 1")


async def test_a_state_directory_may_be_longer_than_a_socket_name(open_directory: Path, ask: Ask) -> None:
    state = open_directory / ("é" * 60) / ("long-name-" * 12)
    with EmbeddedPostgres(state) as server:
        assert await ask(server.url, "SELECT 1") == 1
        assert state.joinpath("postgres", "data", "PG_VERSION").exists()


def test_others_may_not_look_into_a_state_directory_it_makes(state: Path) -> None:
    assert stat.S_IMODE(state.stat().st_mode) & 0o007 == 0
    assert stat.S_IMODE(state.joinpath("postgres").stat().st_mode) & 0o007 == 0


def test_a_second_start_says_who_runs_the_first(state: Path, hold_server: Hold) -> None:
    holder = hold_server(state)
    with pytest.raises(AlreadyRunningError, match=f"process {holder.process.pid} runs"):
        EmbeddedPostgres(state).start()


async def test_commands_share_the_server_that_runs(
    state: Path, ask: Ask, hold_server: Hold, servers_in: ServersIn
) -> None:
    assert running_url(state) is None
    holder = hold_server(state)
    with database(state) as url:
        assert url == holder.url == running_url(state)
        await ask(url, "CREATE TABLE seen_by_both ()")
    assert await ask(holder.url, "SELECT to_regclass('seen_by_both')::text") == "seen_by_both"
    holder.end()
    assert running_url(state) is None
    assert not servers_in(state)


async def test_commands_start_the_server_for_themselves_when_none_runs(
    state: Path, ask: Ask, servers_in: ServersIn
) -> None:
    with database(state) as url:
        await ask(url, "CREATE TABLE by_a_command AS SELECT 42 AS figure")
        with database(state) as again:
            assert again == url
        assert servers_in(state)
    assert not servers_in(state)


async def test_only_its_user_and_the_password_open_it(state: Path, ask: Ask) -> None:
    with EmbeddedPostgres(state) as server:
        directory = socket_directory(server.url).stat()
        assert stat.S_IMODE(directory.st_mode) == 0o700
        assert stat.S_IMODE(state.joinpath("postgres-password").stat().st_mode) == 0o600
        assert psutil.Process(server.child.pid).net_connections(kind="inet") == []
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(server.url.replace(_password(server.url), "guessed"), "SELECT 1")
        methods = "SELECT string_agg(DISTINCT auth_method, ' ') FROM pg_hba_file_rules"
        assert await ask(server.url, methods) == "scram-sha-256"
        assert await ask(server.url, "SELECT rolpassword FROM pg_authid WHERE rolname = 'essor'") != ""
        assert await ask(server.url, "SHOW fsync") == "on"
        assert _password(server.url) not in " ".join(psutil.Process(server.child.pid).cmdline())


async def test_the_log_tells_nothing_of_statements_parameters_or_rows(state: Path, ask: Ask) -> None:
    with EmbeddedPostgres(state) as server:
        await ask(server.url, "CREATE TABLE person (name text PRIMARY KEY)")
        await ask(server.url, "INSERT INTO person VALUES ($1)", "Rose-Secrète")
        with pytest.raises(asyncpg.UniqueViolationError):
            await ask(server.url, "INSERT INTO person VALUES ($1)", "Rose-Secrète")
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await ask(server.url, "SELECT 'Rose-Secrète'::int")
    logged = "".join(path.read_text() for path in state.joinpath("postgres", "log").iterdir())
    assert "ready to accept connections" in logged
    assert "Rose" not in logged
    assert "INSERT" not in logged


async def test_a_lost_password_is_replaced_and_the_data_stays(state: Path, ask: Ask) -> None:
    with EmbeddedPostgres(state) as server:
        before = server.url
        await ask(server.url, "CREATE TABLE over_a_lost_password AS SELECT 42 AS figure")
    state.joinpath("postgres-password").unlink()
    with EmbeddedPostgres(state) as server:
        assert _password(server.url) != _password(before)
        assert await ask(server.url, "SELECT figure FROM over_a_lost_password") == 42


async def test_a_left_over_process_number_that_now_belongs_to_another_program_is_no_obstacle(
    state: Path, ask: Ask
) -> None:
    home = state / "postgres"
    account = account_for(home / "log")
    other = start_child(["/bin/sleep", "60"], death_signal=SIGKILL, user=account.user)
    try:
        (home / "data" / "postmaster.pid").write_text(
            f"{other.pid}\n{home / 'data'}\n1\n5432\n/tmp\n\n  1 1\nready\n"
        )
        account.give(home / "data" / "postmaster.pid", 0o600)
        with EmbeddedPostgres(state) as server:
            assert await ask(server.url, "SELECT 1") == 1
        assert other.poll() is None
    finally:
        stop_child(other, signals=())


async def test_a_first_start_cut_short_is_begun_again(open_directory: Path, ask: Ask) -> None:
    state = open_directory / "state"
    unfinished = make_home(state, elsewhere=Path("/nowhere")).path / "data.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").touch()
    with EmbeddedPostgres(state) as server:
        assert await ask(server.url, "SELECT 1") == 1
    assert not unfinished.exists()


def test_data_of_another_major_version_is_refused_and_left_alone(state: Path) -> None:
    version = state / "postgres" / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(CannotStartError, match="PostgreSQL 17 and this Essor brings 18"):
        EmbeddedPostgres(state).start()
    version.write_text("18\n")
    with EmbeddedPostgres(state):
        pass


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(state: Path, servers_in: ServersIn) -> None:
    control = state / "postgres" / "data" / "global" / "pg_control"
    control.rename(control.with_name("elsewhere"))
    try:
        with pytest.raises(CannotStartError, match="PostgreSQL ended with code"):
            EmbeddedPostgres(state).start()
    finally:
        control.with_name("elsewhere").rename(control)
    assert not servers_in(state)
    made = Path((state / "postgres" / "socket").read_text().strip())
    assert made.name.startswith("essor-")
    assert not made.exists()


async def test_the_environment_of_the_command_changes_nothing(
    state: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "9999")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGOPTIONS", "-c fsync=off")
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    with EmbeddedPostgres(state) as server:
        assert (
            await ask(server.url, "SELECT upper('étincelle') || current_setting('timezone')")
            == "ÉTINCELLEUTC"
        )


def _password(url: str) -> str:
    return url.partition("//essor:")[2].partition("@")[0]
