"""Counts what an app really sends to its database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from services.runtime.database.transactions import Database


@contextmanager
def recorded(database: Database) -> Iterator[list[str]]:
    """The SQL statements executed within the block, in order; BEGIN and COMMIT are not among them."""
    statements: list[str] = []

    def record(
        _connection: object,
        _cursor: object,
        statement: str,
        _parameters: object,
        _context: object,
        _many: bool,
    ) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", record)
