"""PostgreSQL through SQLAlchemy on asyncpg: one request, one transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import MetaData, Table, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from services.kernel.access import Caller
from services.runtime.database.connection import DRIVER, OutOfStepError, TenantConnection, let_go
from services.runtime.database.session import LateSession
from services.runtime.database.tenancy import begin_of, begin_of_system
from services.runtime.database.url import asyncpg_url
from services.runtime.history.writing import Author, open_history, write_told
from services.runtime.settings import Settings

__all__ = ["Database", "DatabaseAwayError", "asyncpg_url", "make_engine", "make_metadata"]

CONNECT_SECONDS = 4
POOL_WAIT_SECONDS = 4  # a caller learns within five seconds that every connection is taken

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def make_metadata(schema: str) -> MetaData:
    return MetaData(schema=schema, naming_convention=NAMING)


class DatabaseAwayError(Exception):
    """No connection could be had, or it is ending: nothing was done, and the same call may succeed later."""


def make_engine(url: str, settings: Settings, *, name: str) -> AsyncEngine:
    engine = create_async_engine(
        asyncpg_url(url),
        hide_parameters=True,  # an error's text ends up in logs: it carries no person's data
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_recycle=int(settings.connection_life_seconds),
        pool_pre_ping=False,  # a round trip for each request; see _replace_if_closed
        connect_args={
            "timeout": CONNECT_SECONDS,
            "connection_class": TenantConnection,
            "server_settings": {
                "application_name": name,
                "statement_timeout": str(int(settings.statement_seconds * 1000)),
                "lock_timeout": str(int(settings.lock_seconds * 1000)),
                "idle_in_transaction_session_timeout": str(int(settings.request_seconds * 1000)),
                "standard_conforming_strings": "on",
                "timezone": "UTC",
            },
        },
    )
    event.listen(engine.sync_engine, "checkout", _replace_if_closed)
    event.listen(engine.sync_engine, "reset", let_go)
    return engine


def _replace_if_closed(connection: Any, *_: object) -> None:
    """The driver notices at once when a server closes a connection: asking it costs no round trip."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class Database:
    """The connections of one service, with its own role, to its own schema (that of `metadata`)."""

    def __init__(self, url: str, settings: Settings, *, metadata: MetaData) -> None:
        if metadata.schema is None:
            raise ValueError("a service's tables live in a schema of their own")
        self.schema = metadata.schema
        self._tables = metadata.tables
        self.engine = make_engine(url, settings, name=f"essor-{self.schema}")

    @property
    def idempotency_keys(self) -> Table:
        return self.table("idempotency_keys")

    def table(self, name: str) -> Table:
        """One of those that every service's schema has."""
        return self._tables[f"{self.schema}.{name}"]

    @asynccontextmanager
    async def transaction(self, caller: Caller, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        """Sees and writes what `caller` may. Commits at the end, rolls back on any exception.

        Use cases never commit.
        """
        async with self._begin(begin_of(caller), Author.of(caller), read_only=read_only) as session:
            yield session

    @asynccontextmanager
    async def of_all_tenants(
        self, *, read_only: bool = False, client: str = "command-line"
    ) -> AsyncIterator[AsyncSession]:
        """For the worker and the command line, which answer for no caller: nothing is hidden.

        `client` is which of them, for the audit trail.
        """
        async with self._begin(begin_of_system(), Author.system(client), read_only=read_only) as session:
            yield session

    @asynccontextmanager
    async def _begin(self, who: str, author: Author, *, read_only: bool) -> AsyncIterator[AsyncSession]:
        session = LateSession(self.engine)
        # One snapshot for readers: a position and the list beside it must agree.
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else "BEGIN"
        is_committed = False
        try:
            try:
                await session.open(f"{begin}; {who}")
            except (OSError, DBAPIError, OutOfStepError) as error:
                raise DatabaseAwayError from error
            open_history(session, self.schema, author)
            yield session
            await write_told(session)
            await session.commit()
            is_committed = True
        except OutOfStepError as error:
            session.info[DRIVER].terminate()
            raise DatabaseAwayError from error
        finally:
            if is_committed:
                await session.close()  # nothing is under way: it waits for nobody
            else:
                # Shielded: who gives up a call leaves no connection behind, nor a transaction on it.
                await asyncio.shield(asyncio.create_task(session.close()))

    async def close(self) -> None:
        await self.engine.dispose()
