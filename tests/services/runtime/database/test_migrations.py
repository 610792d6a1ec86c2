"""All histories, from nothing, by several processes at once, on the servers that Essor supports."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.capital.app import make_app as make_capital
from services.runtime.database import migrations, owner_connection
from services.runtime.database.owner_connection import DatabaseSetupError, UnsupportedDatabaseError, locked
from services.runtime.database.revisions import SCHEMAS, are_newest, current_revision, newest_revision
from services.runtime.database.transactions import asyncpg_url
from services.runtime.settings import Settings
from tests.api import Api
from tests.conftest import make_database

DEBIAN = Path("/usr/lib/postgresql/15/bin")


async def test_the_migrations_make_the_tables_that_the_code_declares(owner_url: str) -> None:
    await migrations.check(owner_url)


async def test_several_processes_may_migrate_at_once(server_url: str, worker_id: str, tmp_path: Path) -> None:
    url = await make_database(server_url, f"essor_together_{worker_id}", tmp_path, migrate=False)
    await asyncio.gather(*(migrations.upgrade(url) for _ in range(4)))
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    async with engine.connect() as connection:
        for service in SCHEMAS:
            assert await current_revision(connection, service) == newest_revision(service)


@pytest.mark.parametrize("service", SCHEMAS)
def test_the_newest_revision_is_the_one_that_alembic_finds(service: str) -> None:
    histories = ScriptDirectory.from_config(migrations.configuration(service))
    assert histories.get_current_head() == newest_revision(service)


async def test_a_database_is_newest_only_once_every_schema_is(
    server_url: str, worker_id: str, tmp_path: Path
) -> None:
    url = await make_database(server_url, f"essor_newest_{worker_id}", tmp_path, migrate=False)
    async with locked(url) as connection:
        assert not await are_newest(connection)
    await migrations.upgrade(url)
    async with locked(url) as connection:
        assert await are_newest(connection)
        await connection.execute(text("UPDATE capital.alembic_version SET version_num = 'older'"))
        assert not await are_newest(connection)


@pytest.mark.parametrize("service", SCHEMAS)
async def test_each_history_has_its_own_schema_and_version_table(owner_url: str, service: str) -> None:
    engine = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)
    async with engine.connect() as connection:
        query = text(
            "SELECT count(*) FROM pg_tables WHERE schemaname = :schema AND tablename = 'alembic_version'"
        )
        assert (await connection.execute(query, {"schema": service})).scalar_one() == 1
        public = text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert (await connection.execute(public)).scalar_one() == 0


async def test_an_older_server_is_refused(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_connection, "OLDEST_POSTGRESQL", 990_000)
    with pytest.raises(UnsupportedDatabaseError, match="15 or later"):
        await migrations.upgrade(owner_url)


@pytest.fixture
def debian_server() -> Iterator[str]:
    """PostgreSQL 15 as Debian packages it, on a unix socket of its own."""
    directory = Path(tempfile.mkdtemp(prefix="essor-debian-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(directory, "nobody")
        as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    data = directory / "data"
    password = directory / "password"
    password.write_text("a password for tests")
    password.chmod(0o644)
    initdb = [
        DEBIAN / "initdb",
        "-D",
        data,
        "-U",
        "owner",
        "-A",
        "scram-sha-256",
        f"--pwfile={password}",
        "-N",
    ]
    subprocess.run([*as_user, *map(str, initdb)], check=True, capture_output=True)
    options = f"-c listen_addresses='' -c unix_socket_directories={directory}"
    control = [*as_user, str(DEBIAN / "pg_ctl"), "-D", str(data), "-w"]
    subprocess.run(
        [*control, "-o", options, "-l", str(directory / "log"), "start"], check=True, capture_output=True
    )
    yield f"postgresql://owner:a%20password%20for%20tests@/postgres?host={directory}"
    subprocess.run([*control, "-m", "fast", "stop"], check=True, capture_output=True)
    shutil.rmtree(directory)


@pytest.mark.skipif(not (DEBIAN / "initdb").exists(), reason="Debian's PostgreSQL 15 is not installed here")
async def test_debians_postgresql_15_serves_as_well(debian_server: str, tmp_path: Path) -> None:
    url = await make_database(debian_server, "essor", tmp_path)
    await migrations.check(url)


def test_commands_that_upgrade_at_once_wait_for_each_other(server_url: str, tmp_path: Path) -> None:
    url = asyncio.run(make_database(server_url, f"essor_commands_{os.getpid()}", tmp_path, migrate=False))
    environment = {**os.environ, "ESSOR_DATABASE_URL": url, "ESSOR_STATE": str(tmp_path)}
    command = [sys.executable, "-m", "cli.main", "db", "upgrade", "--json"]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    ended = [(process.communicate(timeout=60), process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0, 0], ended


async def test_a_migration_waits_for_a_lock_no_longer_than_it_says(
    server_url: str, worker_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await make_database(server_url, f"essor_held_{worker_id}", tmp_path, migrate=False)
    monkeypatch.setattr(owner_connection, "LOCK_TIMEOUT", "300ms")
    holder = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    async with holder.connect() as connection:
        await connection.execute(text("CREATE SCHEMA loans"))
        with pytest.raises(DatabaseSetupError, match="try again"):
            await migrations.upgrade(url)
        await connection.rollback()
    await migrations.upgrade(url)


async def test_a_migration_may_not_last_for_ever(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_connection, "STATEMENT_TIMEOUT", "200ms")
    with pytest.raises(DatabaseSetupError, match="too long"):
        async with locked(owner_url) as connection:
            await connection.execute(text("SELECT pg_sleep(5)"))


async def test_who_waits_too_long_for_another_migration_is_told(
    owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_connection, "WAIT_FOR_OTHERS", "200ms")
    async with locked(owner_url):
        with pytest.raises(DatabaseSetupError, match="another migration"):
            await migrations.upgrade(owner_url)
    await migrations.upgrade(owner_url)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"host": "127.0.0.1", "port": 1, "query": {}}, "cannot be reached"),
        ({"query": {"host": "/nowhere"}}, "cannot be reached"),
        ({"password": "another"}, "password authentication failed"),
        ({"database": "no_such_database"}, "does not exist"),
    ],
)
async def test_a_database_that_cannot_be_had_is_explained(
    owner_url: str, change: dict[str, Any], told: str
) -> None:
    wrong = make_url(owner_url).set(**change).render_as_string(hide_password=False)
    with pytest.raises(DatabaseSetupError, match=told) as error:
        await migrations.upgrade(wrong)
    assert str(make_url(owner_url).password) not in str(error.value)


async def test_a_database_newer_than_the_code_is_said_so_and_not_ready(
    server_url: str, worker_id: str, tmp_path: Path
) -> None:
    url = await make_database(server_url, f"essor_newer_{worker_id}", tmp_path)
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    settings = Settings(state=tmp_path, database_url=url, entrepreneur_key="a key for tests")
    async with Api.of(make_capital(settings), settings) as api:
        assert (await api.anonymous().get("/ready")).json()["status"] == "ready"
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE capital.alembic_version SET version_num = 'of tomorrow'"))
        ready = await api.anonymous().get("/ready")
        assert (ready.status_code, ready.json()["database"]) == (503, "not-migrated")
        assert ready.headers["retry-after"] == "2"
    with pytest.raises(DatabaseSetupError, match="of tomorrow"):
        await migrations.upgrade(url)
