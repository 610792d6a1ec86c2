"""Schema migrations: one history for each service, in its own schema, run by the owner under a lock."""

from collections.abc import Callable
from functools import cache
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.runtime.database import asyncpg_url
from services.runtime.settings import REPOSITORY

SERVICES = ("loans", "capital")
OLDEST_POSTGRESQL = 150_000
# One lock for all histories of one database: any number of processes may start at once.
LOCK = 0x4553534F52  # "ESSOR"
LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "120s"
WAIT_FOR_OTHERS = "120s"


class UnsupportedDatabaseError(Exception):
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
    async with _locked(owner_url) as connection:
        for service in SERVICES:
            tell(service)
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {service}"))
            await connection.commit()
            await connection.run_sync(_run, service, command.upgrade, "head")


async def check(owner_url: str) -> None:
    """Raises when the tables that the code declares are not what the migrations make."""
    async with _locked(owner_url) as connection:
        for service in SERVICES:
            await connection.run_sync(_run, service, command.check)


async def current_revision(connection: AsyncConnection, service: str) -> str | None:
    found = await connection.execute(text(f"SELECT version_num FROM {service}.alembic_version"))  # noqa: S608
    return found.scalar_one_or_none()


class _locked:  # noqa: N801 - read as a verb in `async with`
    """A connection of the owner that holds the migrations' lock."""

    def __init__(self, owner_url: str) -> None:
        self._engine = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)

    async def __aenter__(self) -> AsyncConnection:
        self._connection = await self._engine.connect()
        version = (await self._connection.execute(text("SHOW server_version_num"))).scalar_one()
        if int(version) < OLDEST_POSTGRESQL:
            await self.__aexit__()
            raise UnsupportedDatabaseError(f"PostgreSQL 15 or later is needed; this server is {version}")
        await self._connection.execute(text(f"SET lock_timeout = '{WAIT_FOR_OTHERS}'"))
        await self._connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        await self._connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        await self._connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        await self._connection.commit()
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        # Closing the connection frees the lock, whatever happened.
        await self._connection.close()
        await self._engine.dispose()


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
