"""A connection that tells PostgreSQL who calls, and statements by the driver itself.

SQLAlchemy takes twice the driver's time for the smallest statement, and several times that to build one. A
measured path calls `fetch` instead: in the session's own transaction, and with SQLAlchemy's own exceptions.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import asyncpg
from asyncpg.transaction import Transaction
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

INTEGRITY = "23"  # the class of SQLSTATE of what a constraint refuses
DRIVER = "driver"

# The server's last words lie unread: the driver sends nothing more, and has not noticed the end yet.
OutOfStepError = asyncpg.InternalClientError


class TenantConnection(asyncpg.Connection):
    """Sends who calls along with BEGIN: a round trip of its own would cost a small read 40 %.

    `begin` is the statement that begins the transaction under way; empty outside those of `Database`.
    """

    __slots__ = ("begin",)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.begin = ""

    def transaction(self, **options: Any) -> Transaction:
        """What SQLAlchemy asks for before its first statement, which need not be the transaction's first."""
        if not self.begin:
            return super().transaction(**options)
        return cast("Transaction", _TenantTransaction(self))

    async def begin_once(self) -> None:
        if not self.is_in_transaction():
            await self.execute(self.begin)

    async def commit(self) -> None:
        """All of what was begun, whoever began it, or an error: nobody is told of what is not kept."""
        if self.is_closed():
            raise asyncpg.ConnectionDoesNotExistError("connection is closed: nothing was committed")
        if self.is_in_transaction() and await self.execute("COMMIT") != "COMMIT":
            # What PostgreSQL answers where a statement was refused, and the refusal swallowed.
            raise asyncpg.InFailedSQLTransactionError("a statement was refused: nothing was committed")

    async def rollback(self) -> None:
        """What was begun, if it has not ended."""
        if not self.is_closed() and self.is_in_transaction():
            await self.execute("ROLLBACK")


class _TenantTransaction:
    """The connection's one transaction, as SQLAlchemy drives it."""

    def __init__(self, connection: TenantConnection) -> None:
        self._connection = connection

    async def start(self) -> None:
        await self._connection.begin_once()

    async def commit(self) -> None:
        await self._connection.commit()

    async def rollback(self) -> None:
        await self._connection.rollback()


def let_go(connection: AdaptedConnection, *_: object) -> None:
    """The pool takes a connection back: no transaction stays on it, and nobody answers for the next one."""
    driver = connection.driver_connection
    if isinstance(driver, TenantConnection):
        driver.begin = ""
        if driver.is_in_transaction():
            connection.run_async(lambda _: driver.rollback())


class _Row(asyncpg.Record):
    """Its values by their names, as SQLAlchemy's rows have them."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@contextmanager
def by_the_driver(session: AsyncSession) -> Iterator[TenantConnection]:
    """The session's own connection. What is refused on it is a DBAPIError."""
    driver: TenantConnection = session.info[DRIVER]
    try:
        yield driver
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _refused(error, driver) from error


async def fetch(session: AsyncSession, statement: str, *values: Any) -> list[Any]:
    """A statement's rows, by the driver: its parameters are `$1`, `$2`... What is refused is a DBAPIError."""
    with by_the_driver(session) as driver:
        await driver.begin_once()
        return await driver.fetch(statement, *values, record_class=_Row)


async def copy(session: AsyncSession, table: str, columns: Sequence[str], text: bytes) -> None:
    """Many rows, as `copy_text` has them: into a temporary table, since COPY knows no policies."""
    with by_the_driver(session) as driver:
        await driver.begin_once()
        await driver.copy_to_table(table, source=_at_once(text), columns=columns, format="text")


async def _at_once(text: bytes) -> AsyncIterator[bytes]:
    yield text


async def execute(session: AsyncSession, statements: str) -> None:
    """Statements that have neither parameters nor rows to give, in one round trip."""
    with by_the_driver(session) as driver:
        await driver.begin_once()
        await driver.execute(statements)


def _refused(error: Exception, driver: TenantConnection) -> DBAPIError:
    """As SQLAlchemy tells it: without the values, nor what PostgreSQL tells of them. They may be personal."""
    told = AsyncAdapt_asyncpg_dbapi.Error(error.args[0], error)  # type: ignore[no-untyped-call]
    told.__cause__ = error
    kind = IntegrityError if (told.sqlstate or "").startswith(INTEGRITY) else DBAPIError
    return kind(None, None, told, hide_parameters=True, connection_invalidated=driver.is_closed())
