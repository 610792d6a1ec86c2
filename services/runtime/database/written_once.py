"""Statements that SQLAlchemy writes once, for the driver to send.

To build a statement, and to find it among those compiled, takes SQLAlchemy longer than PostgreSQL takes to
answer it. Keep one for each scope, whose values stand in it; what changes from call to call is `given` by its
name.
"""

from collections import namedtuple
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Select, bindparam
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from services.runtime.database.connection import fetch

KEPT = 256
"""Scopes for which a statement is kept: every CAE of the country has one."""

DIALECT = dialect()  # type: ignore[no-untyped-call]


def given(name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=kind, required=False)


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """The named tuple that a statement's rows are made of: the columns asked, and what follows from them."""

    kind: Any

    @property
    def columns(self) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self.kind._fields)


class WrittenOnce:
    def __init__(self, query: Select[Any], rows: Rows | None = None) -> None:
        """`rows` are of its columns, in their order; by default they are made of their names."""
        compiled = query.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
        self._text = compiled.string
        self._names = tuple(compiled.positiontup or ())
        self._given = dict(compiled.params)
        self._row: Any = rows and rows.kind

    async def rows(self, session: AsyncSession, **values: Any) -> list[Any]:
        """With the names of their columns, as SQLAlchemy's have them."""
        bound = {**self._given, **values}
        found = await fetch(session, self._text, *(bound[name] for name in self._names))
        if not found:
            return []
        if self._row is None:
            self._row = namedtuple("Row", found[0].keys())  # type: ignore[misc] # noqa: PYI024 - known when read
        return list(map(self._row._make, found))
