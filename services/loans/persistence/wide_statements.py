"""Many rows by one statement: Python costs by the statement, and a journal entry must be written whole."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Dialect, Table, TextClause, any_, bindparam, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from services.runtime.database.connection import copy, execute
from services.runtime.database.copy_text import as_copied

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


@dataclass(frozen=True, slots=True)
class PreparedRows:
    """Rows of one table as they are sent: many as COPY's own text, few as an array for each column."""

    row: type[DeclarativeBase]
    columns: tuple[str, ...]
    arrays: Mapping[str, list[Any]]
    copied: bytes = b""


def prepare_rows(row: type[DeclarativeBase], rows: Iterable[Mapping[str, Any]]) -> PreparedRows:
    """All rows name the same columns; none of them is an array. It needs no database: a thread may do it."""
    listed = list(rows)
    columns = tuple(listed[0]) if listed else ()
    if len(listed) >= WORTH_COPYING:
        return PreparedRows(row, columns, {}, as_copied([tuple(values.values()) for values in listed]))
    return PreparedRows(row, columns, {column: [values[column] for values in listed] for column in columns})


async def insert_prepared(session: AsyncSession, prepared: PreparedRows) -> None:
    if prepared.copied:
        await _copy(session, prepared)
    elif prepared.columns:
        await session.execute(_insert_unnested(prepared.row, prepared.columns), prepared.arrays)


async def insert_rows(
    session: AsyncSession, row: type[DeclarativeBase], rows: Iterable[Mapping[str, Any]]
) -> None:
    await insert_prepared(session, prepare_rows(row, rows))


async def _copy(session: AsyncSession, prepared: PreparedRows) -> None:
    """By way of a table of this transaction alone: PostgreSQL takes no COPY where policies apply."""
    table = table_of(prepared.row)
    names, copied = ", ".join(prepared.columns), f"copied_{table.name}"
    # Names come from our own tables, values are all copied.
    await execute(
        session,
        f"CREATE TEMP TABLE {copied} ON COMMIT DROP AS SELECT {names} FROM {table.fullname} WITH NO DATA",  # noqa: S608
    )
    await copy(session, copied, prepared.columns, prepared.copied)
    await execute(
        session,
        f"INSERT INTO {table.fullname} ({names}) SELECT {names} FROM {copied}; DROP TABLE {copied}",  # noqa: S608
    )


@lru_cache(maxsize=64)
def _insert_unnested(row: type[DeclarativeBase], columns: tuple[str, ...]) -> TextClause:
    table = table_of(row)
    arrays = ", ".join(
        f"CAST(:{column} AS {table.c[column].type.compile(dialect=DIALECT)}[])" for column in columns
    )
    # Names come from our own tables, values are all bound.
    return text(f"INSERT INTO {table.fullname} ({', '.join(columns)}) SELECT * FROM unnest({arrays})")  # noqa: S608
