"""Many rows by one statement: Python costs by the statement, and a journal entry must be written whole."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Dialect, Table, TextClause, any_, bindparam, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from services.runtime.database.connection import copy, fetch

WORTH_COPYING = 1_000
"""Rows from which COPY costs less than arrays, of which the driver looks at each value twice."""

DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def table_of(row: type[DeclarativeBase]) -> Table:
    table = row.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{row.__name__} is not a table")
    return table


def in_array(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column is among values sent as one array: one statement, whatever their number."""
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


async def insert_rows(
    session: AsyncSession, row: type[DeclarativeBase], rows: Iterable[Mapping[str, Any]]
) -> None:
    """All rows name the same columns; none of them is an array."""
    listed = list(rows)
    if not listed:
        return
    columns = tuple(listed[0])
    if len(listed) >= WORTH_COPYING:
        await _copy(session, table_of(row), columns, listed)
        return
    await session.execute(
        _insert_unnested(row, columns), {column: [values[column] for values in listed] for column in columns}
    )


async def _copy(
    session: AsyncSession, table: Table, columns: tuple[str, ...], rows: Sequence[Mapping[str, Any]]
) -> None:
    """By way of a table of this transaction alone: PostgreSQL takes no COPY where policies apply."""
    names, copied = ", ".join(columns), f"copied_{table.name}"
    # Names come from our own tables, values are all copied.
    await fetch(
        session,
        f"CREATE TEMP TABLE {copied} ON COMMIT DROP AS SELECT {names} FROM {table.fullname} WITH NO DATA",  # noqa: S608
    )
    await copy(session, copied, columns, (tuple(values.values()) for values in rows))
    await fetch(session, f"INSERT INTO {table.fullname} ({names}) SELECT {names} FROM {copied}")  # noqa: S608
    await fetch(session, f"DROP TABLE {copied}")


@lru_cache(maxsize=64)
def _insert_unnested(row: type[DeclarativeBase], columns: tuple[str, ...]) -> TextClause:
    table = table_of(row)
    arrays = ", ".join(
        f"CAST(:{column} AS {table.c[column].type.compile(dialect=DIALECT)}[])" for column in columns
    )
    # Names come from our own tables, values are all bound.
    return text(f"INSERT INTO {table.fullname} ({', '.join(columns)}) SELECT * FROM unnest({arrays})")  # noqa: S608
