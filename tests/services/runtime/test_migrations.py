"""Both histories, from nothing, by several processes at once, on the servers that Essor supports."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.runtime import migrations
from services.runtime.database import asyncpg_url
from services.runtime.migrations import SERVICES, UnsupportedDatabaseError
from tests.conftest import make_database

DEBIAN = Path("/usr/lib/postgresql/15/bin")


async def test_the_migrations_make_the_tables_that_the_code_declares(owner_url: str) -> None:
    await migrations.check(owner_url)


async def test_several_processes_may_migrate_at_once(server_url: str, worker_id: str, tmp_path: Path) -> None:
    url = await make_database(server_url, f"essor_together_{worker_id}", tmp_path, migrate=False)
    await asyncio.gather(*(migrations.upgrade(url) for _ in range(4)))
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    async with engine.connect() as connection:
        for service in SERVICES:
            assert await migrations.current_revision(connection, service) == migrations.newest_revision(
                service
            )


@pytest.mark.parametrize("service", SERVICES)
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
    monkeypatch.setattr(migrations, "OLDEST_POSTGRESQL", 990_000)
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
