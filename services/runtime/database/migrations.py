"""Schema migrations: one history for each service, in its own schema, run by the owner under a lock."""

from collections.abc import Callable
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.runtime.database.owner_connection import DatabaseSetupError, locked
from services.runtime.database.revisions import SCHEMAS
from services.runtime.settings import REPOSITORY


def configuration(service: str) -> Config:
    config = Config(REPOSITORY / "alembic.ini", ini_section=service)
    config.set_section_option(service, "script_location", str(REPOSITORY / "migrations" / service))
    return config


async def upgrade(owner_url: str, *, tell: Callable[[str], None] = lambda _: None) -> None:
    """Brings every schema of the database to the newest revision; other processes wait their turn."""
    async with locked(owner_url) as connection:
        for service in SCHEMAS:
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
        for service in SCHEMAS:
            await connection.run_sync(_run, service, command.check)


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
