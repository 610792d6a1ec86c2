"""Schema migrations: one history for each service, in its own schema, run by the owner under a lock."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from functools import cache
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData, NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.runtime.database_url import asyncpg_url
from services.runtime.settings import REPOSITORY

SERVICES = ("loans", "capital")
OLDEST_POSTGRESQL = 150_000
# One lock for all histories of one database: any number of processes may start at once.
LOCK = 0x4553534F52  # "ESSOR"
LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "120s"
WAIT_FOR_OTHERS = "120s"
CONNECT_SECONDS = 10
EXPLANATIONS = {
    "42501": "the owner of ESSOR_DATABASE_URL may not do what a migration needs",
    "55P03": "another migration, or a long transaction, keeps the tables: try again when it has ended",
    "57014": "a migration took too long and was undone: try again when the database is less busy",
}


class DatabaseSetupError(Exception):
    """Written for whoever installs: what the database or its owner lacks."""


class UnsupportedDatabaseError(DatabaseSetupError):
    pass


def configuration(service: str) -> Config:
    config = Config(REPOSITORY / "alembic.ini", ini_section=service)
    config.set_section_option(service, "script_location", str(REPOSITORY / "migrations" / service))
    return config


@cache
def newest_revision(service: str) -> str:
    revision = ScriptDirectory.from_config(configuration(service)).get_current_head()
    if revision is None:
        raise LookupError(f"{service} has no migration")
    return revision


async def upgrade(owner_url: str, *, tell: Callable[[str], None] = lambda _: None) -> None:
    """Brings every schema of the database to the newest revision; other processes wait their turn."""
    async with locked(owner_url) as connection:
        for service in SERVICES:
            tell(service)
            await _make_schema(connection, service)
            try:
                await connection.run_sync(_run, service, command.upgrade, "head")
            except CommandError as error:
                raise DatabaseSetupError(
                    f"the database's {service} schema is not one that this Essor knows: {error}"
                ) from error


async def _make_schema(connection: AsyncConnection, service: str) -> None:
    # Asked first: CREATE SCHEMA IF NOT EXISTS wants the right to create even where there is nothing to do.
    exists = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
    if await connection.scalar(exists, {"name": service}) is None:
        await connection.execute(text(f"CREATE SCHEMA {service}"))
    await connection.commit()


async def check(owner_url: str) -> None:
    """Raises when the tables that the code declares are not what the migrations make."""
    async with locked(owner_url) as connection:
        for service in SERVICES:
            await connection.run_sync(_run, service, command.check)


async def current_revision(connection: AsyncConnection, service: str) -> str | None:
    found = await connection.execute(text(f"SELECT version_num FROM {service}.alembic_version"))  # noqa: S608
    return found.scalar_one_or_none()


@asynccontextmanager
async def locked(owner_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection of the owner that holds the migrations' lock; its end frees the lock, come what may."""
    engine = create_async_engine(
        asyncpg_url(owner_url),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "server_settings": {"application_name": "essor-migrations"},
        },
    )
    try:
        async with aclosing(await _connect(engine)) as connection:
            await _take_lock(connection)
            yield connection
    except DBAPIError as error:
        explanation = EXPLANATIONS.get(getattr(error.orig, "sqlstate", None) or "")
        if explanation is None:
            raise
        raise DatabaseSetupError(f"{explanation} ({_said(error)})") from error
    finally:
        await engine.dispose()


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    try:
        return await engine.connect()
    except (OSError, DBAPIError) as error:
        raise DatabaseSetupError(f"the database cannot be reached: {_said(error)}") from error


async def _take_lock(connection: AsyncConnection) -> None:
    version = (await connection.execute(text("SHOW server_version_num"))).scalar_one()
    if int(version) < OLDEST_POSTGRESQL:
        raise UnsupportedDatabaseError(f"PostgreSQL 15 or later is needed; this server is {version}")
    await connection.execute(text("SET statement_timeout = 0"))
    await connection.execute(text(f"SET lock_timeout = '{WAIT_FOR_OTHERS}'"))
    await connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
    await connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    await connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    await connection.commit()


def _said(error: Exception) -> str:
    """The server's first line alone: what follows may repeat rows or statements."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(cause) or type(cause).__name__).splitlines()[0]


def _run(connection: Connection, service: str, order: Callable[..., Any], *arguments: object) -> None:
    config = configuration(service)
    config.attributes["connection"] = connection
    order(config, *arguments)


def run_environment(metadata: MetaData) -> None:
    """What `env.py` of each history does: the tables of one schema, its version table beside them."""
    connection: Connection | None = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError("run migrations with `essor db upgrade`: it takes the lock and knows the database")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=metadata.schema,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == metadata.schema,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
