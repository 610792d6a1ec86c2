"""A connection of the database's owner, under the lock that everything it changes is done under."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from sqlalchemy import NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.runtime.database.tenancy import SYSTEM
from services.runtime.database.url import asyncpg_url

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
    # Forced policies bind an owner who is no superuser, and a migration changes everybody's rows.
    await connection.execute(text(f"SET essor.role = '{SYSTEM}'"))
    await connection.commit()


def _said(error: Exception) -> str:
    """The server's first line alone: what follows may repeat rows or statements."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(cause) or type(cause).__name__).splitlines()[0]
