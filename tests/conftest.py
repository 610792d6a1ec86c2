"""What every test may ask for: a real PostgreSQL, migrated; the real apps; tokens.

One server for the whole run (Essor's own, or ESSOR_TEST_DATABASE_URL), one database for each worker. Tests do
not clean up: each makes a fund, a scheme or a CAE of its own and looks at nothing else.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.runtime.database import migrations
from services.runtime.database import roles as database_roles
from services.runtime.database.revisions import SCHEMAS
from services.runtime.database.transactions import asyncpg_url
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.settings import Settings
from tests.api import Api

# The same examples on each run: what landed yesterday passes today. `make fuzz` looks for new ones.
hypothesis_settings.register_profile("same-examples", derandomize=True, deadline=None)
hypothesis_settings.register_profile("new-examples", max_examples=2_000, deadline=None)
hypothesis_settings.load_profile(os.environ.get("ESSOR_TEST_EXAMPLES", "same-examples"))

SERVER = "ESSOR_TEST_SERVER"
RUN = "ESSOR_TEST_RUN"
TEMPLATE = "essor_template"
_started: dict[str, object] = {}


def pytest_configure(config: pytest.Config) -> None:
    """The run's own process starts the server; its workers find the address in their environment."""
    if hasattr(config, "workerinput") or config.option.collectonly or SERVER in os.environ:
        return
    os.environ[RUN] = uuid4().hex
    given = os.environ.get("ESSOR_TEST_DATABASE_URL")
    if given is not None:
        os.environ[SERVER] = given
        return
    # Run as root the server has another user, who must be able to pass: nothing in it is open to read.
    directory = Path(tempfile.mkdtemp(prefix="essor-tests-"))
    directory.chmod(0o755)
    server = EmbeddedPostgres(directory)
    server.start()
    asyncio.run(_let_commits_not_wait_for_the_disk(server.url))
    os.environ[SERVER] = server.url
    _started.update(server=server, directory=directory)


async def _let_commits_not_wait_for_the_disk(url: str) -> None:
    """Nothing kills this server: tests of what outlives a crash start one of their own."""
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER SYSTEM SET synchronous_commit TO off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


def pytest_unconfigure() -> None:
    server, directory = _started.pop("server", None), _started.pop("directory", None)
    if isinstance(server, EmbeddedPostgres) and isinstance(directory, Path):
        os.environ.pop(SERVER, None)
        server.stop()
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def server_url() -> str:
    """The owner's URL of the run's PostgreSQL; its own database is nobody's."""
    return os.environ[SERVER]


@pytest.fixture(scope="session")
async def owner_url(server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The owner's URL of this worker's database, migrated, with the services' roles."""
    return await make_database(server_url, f"essor_test_{worker_id}", tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def settings(owner_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        state=tmp_path_factory.mktemp("state"),
        database_url=owner_url,
        entrepreneur_key="a key for tests",
        compiled_graphql_after=0,  # most documents of tests are asked once
        rate_burst=1_000_000,  # tests call faster than people; those of the rates set their own
        anonymous_rate_burst=1_000_000,
    )


async def make_database(server_url: str, name: str, state: Path, *, migrate: bool = True) -> str:
    """The owner's URL of a new database of that name; what had the name before is dropped."""
    engine = create_async_engine(asyncpg_url(server_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        if migrate:
            await _make_template(connection, server_url)
        template = TEMPLATE if migrate else "template1"
        await connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE {template}'))
    await engine.dispose()
    url = _url_of(server_url, name)
    if migrate:
        for service in SCHEMAS:
            await database_roles.ensure(url, Settings(state=state, database_url=url), service)
    return url


async def _make_template(connection: AsyncConnection, server_url: str) -> None:
    """Once in a run, whichever worker comes first: to copy what was migrated is quicker than to migrate."""
    lock = {"name": TEMPLATE}
    await connection.execute(text("SELECT pg_advisory_lock(hashtext(:name))"), lock)
    mark = text("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = :name")
    if await connection.scalar(mark, lock) != os.environ[RUN]:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)"))
        await connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
        await migrations.upgrade(_url_of(server_url, TEMPLATE))
        await connection.execute(text(f"COMMENT ON DATABASE {TEMPLATE} IS '{os.environ[RUN]}'"))
    await connection.execute(text("SELECT pg_advisory_unlock(hashtext(:name))"), lock)


def _url_of(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
async def loans_api(settings: Settings) -> AsyncIterator[Api]:
    from services.loans.app import make_app  # noqa: PLC0415 - a test of the domain needs no app
    from tests.graphql_ways import answered_both_ways  # noqa: PLC0415

    app = make_app(settings)
    with answered_both_ways(app):
        async with Api.of(app, settings) as api:
            yield api


@pytest.fixture(scope="session")
async def capital_api(settings: Settings) -> AsyncIterator[Api]:
    from services.capital.app import make_app  # noqa: PLC0415
    from tests.graphql_ways import answered_both_ways  # noqa: PLC0415

    app = make_app(settings)
    with answered_both_ways(app):
        async with Api.of(app, settings) as api:
            yield api
