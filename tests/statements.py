"""Counts what an app really sends to its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from services.runtime.database.connection import TenantConnection
from services.runtime.database.transactions import Database
from tests.graphql_ways import IS_SECOND


@contextmanager
def recorded(database: Database) -> Iterator[list[str]]:
    """The SQL statements executed within the block, by SQLAlchemy or by the driver, in order.

    BEGIN and COMMIT are not among them, nor what only compares an answer of GraphQL with another way to it.
    """
    statements: list[str] = []

    def record(
        _connection: object,
        _cursor: object,
        statement: str,
        _parameters: object,
        _context: object,
        _many: bool,
    ) -> None:
        if not IS_SECOND.get():
            statements.append(statement)

    by_the_driver = TenantConnection.fetch

    async def fetch(connection: TenantConnection, statement: str, *values: Any, **options: Any) -> list[Any]:
        if not IS_SECOND.get():
            statements.append(statement)
        return await by_the_driver(connection, statement, *values, **options)

    event.listen(database.engine.sync_engine, "before_cursor_execute", record)
    try:
        with patch.object(TenantConnection, "fetch", fetch):
            yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", record)
