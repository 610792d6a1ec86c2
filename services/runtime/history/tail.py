"""Looks for new events once for all the streams of a process, and wakes those that may see one.

It tells nobody anything: whoever is woken reads for itself, in a transaction of its own caller. What is too
narrow here would delay an event and what is too wide costs a read, but neither shows a dossier to anybody.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import select

from services.kernel.access import Scope
from services.runtime.database.transactions import Database
from services.runtime.logs import logger
from services.runtime.problems import is_passing

READS_AT_ONCE = 3
"""Connections that all streams of a process take at once: requests keep the others."""

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class Watcher:
    """One stream: what it may see, and whether there may be something new for it."""

    scope: Scope
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self._woken.set()

    def wake_for(self, region: str, cae_siren: str | None) -> None:
        of_its_cae = self.scope.cae_siren is None or self.scope.cae_siren == cae_siren
        if of_its_cae and self.scope.sees_region(region):
            self.wake()

    async def woken(self) -> None:
        await self._woken.wait()
        self._woken.clear()


class Tail:
    """The end of one service's feed. It looks only while somebody watches."""

    def __init__(self, database: Database, *, poll_seconds: float) -> None:
        self._database, self._poll_seconds = database, poll_seconds
        self._watchers: set[Watcher] = set()
        self._looking: asyncio.Task[None] | None = None
        self._position: int | None = None
        self._reads: dict[Hashable, asyncio.Task[Any]] = {}
        self._rounds = 0
        self._is_there = asyncio.Event()
        self._is_there.set()
        self.reading = asyncio.Semaphore(READS_AT_ONCE)

    @asynccontextmanager
    async def watched(self, scope: Scope) -> AsyncIterator[Watcher]:
        """Register first, read then: what is published in between is found by the next look."""
        watcher = Watcher(scope)
        self._watchers.add(watcher)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_for_ever())
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
            if not self._watchers and self._looking is not None:
                self._looking.cancel()
                self._looking = self._position = None
                self._is_there.set()

    async def database_is_there(self) -> None:
        """After a read that failed: not before the next look, and not while looks fail."""
        await asyncio.sleep(self._poll_seconds)
        await self._is_there.wait()

    async def shared(self, what: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """One read for all that ask the same after the same look: it saw all that the look did."""
        key = (self._rounds, what)
        task: asyncio.Task[T] | None = self._reads.get(key)
        if task is None:
            task = self._reads[key] = asyncio.create_task(self._read(read))
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    async def _read(self, read: Callable[[], Awaitable[T]]) -> T:
        async with self.reading:
            return await read()

    def _forget(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        del self._reads[key]
        if not done.cancelled():
            done.exception()  # whoever asked may have left: then nobody else takes it

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - told, and looked again
                if not is_passing(error):
                    logger.error("feed-not-looked-at", error=type(error).__name__)
                # What was published meanwhile is not known: at the next look all are woken.
                self._position = None
                self._is_there.clear()
            else:
                self._is_there.set()
            await asyncio.sleep(self._poll_seconds)

    async def _look(self) -> None:
        feed, outbox = self._database.table("feed").c, self._database.table("outbox").c
        before, found = self._position, []
        async with self._database.of_all_tenants(read_only=True, client="streams") as session:
            position = (await session.execute(select(feed.position))).scalar_one()
            if before is not None and position > before:
                query = select(outbox.region, outbox.cae_siren).where(outbox.position > before).distinct()
                found = list((await session.execute(query)).all())
        if position == before:
            return
        self._position = position
        self._rounds += 1
        if before is None or position < before:
            # The first look, or a database that was put back: each reader finds out by its own place.
            for watcher in self._watchers:
                watcher.wake()
        for region, cae_siren in found:
            for watcher in self._watchers:
                watcher.wake_for(region, cae_siren)
