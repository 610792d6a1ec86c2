"""One read-only transaction for all that a query reads: one state of the database for the whole answer.

To begin a transaction and to end it costs more than a small read, and a query has several. Reads take turns
on it: a query holds one connection of the pool, and never waits for another while it has one.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.runtime.database.transactions import Database

T = TypeVar("T")


class Snapshot:
    """Begins with the first read. A read that fails ends it, and the next one begins another."""

    def __init__(self, database: Database, caller: Caller) -> None:
        self._database, self._caller = database, caller
        self._turn = asyncio.Lock()
        self._transaction = AsyncExitStack()
        self._session: AsyncSession | None = None
        self._unopened: Exception | None = None
        self._is_over = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """The answer is made. A read that nobody waits for any more ends the transaction after itself."""
        self._is_over = True
        if self._session is not None and not self._turn.locked():
            async with self._turn:
                await self._end()

    async def read(self, query: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async with self._turn:
            session = self._session or await self._begin()
            try:
                found = await query(session)
            except BaseException:
                # PostgreSQL would refuse all that came after it in this transaction.
                await self._end()
                raise
            if self._is_over:
                await self._end()
            return found

    async def _begin(self) -> AsyncSession:
        if self._unopened is not None:
            raise self._unopened
        try:
            self._session = await self._transaction.enter_async_context(
                self._database.transaction(self._caller, read_only=True)
            )
        except Exception as error:
            # Whoever waited for the same connection meanwhile has waited long enough.
            self._unopened = error
            raise
        return self._session

    async def _end(self) -> None:
        self._session = None
        await self._transaction.__aexit__(*sys.exc_info())
