"""What one GraphQL request knows, and how its resolvers read.

Resolvers run side by side and an AsyncSession cannot be shared by them. The reads of a query take turns on
one transaction (`Snapshot`). Those of a mutation's answer and of streams each open a short one of their own,
and few of them at once, so that one request never takes the whole pool.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

from services.kernel.access import Caller
from services.kernel.language import Language
from services.runtime.database.transactions import Database
from services.runtime.graphql.snapshot import Snapshot
from services.runtime.history.following import Following

READS_AT_ONCE = 3

K = TypeVar("K", bound=Hashable)
K_contra = TypeVar("K_contra", bound=Hashable, contravariant=True)
K_invariant = TypeVar("K_invariant", bound=Hashable)
T = TypeVar("T")
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Batch(Protocol[K_invariant, V_co]):
    """A question asked for many keys at once; a key absent from the answer found nothing.

    Equal batches share their keys: one with parameters is a frozen dataclass of them.
    """

    def __call__(
        self, session: AsyncSession, context: "Context", keys: Sequence[K_invariant], /
    ) -> Awaitable[Mapping[K_invariant, V_co]]: ...

    def __hash__(self) -> int: ...


@dataclass(slots=True)
class Context:
    caller: Caller
    language: Language
    today: date
    database: Database
    entrepreneur_key: bytes
    request_id: str
    following: Following | None = None
    """Where a subscription stands; None for all else."""
    _loaders: dict[Hashable, DataLoader[Any, Any]] = field(default_factory=dict)
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READS_AT_ONCE))
    """What bounds the reads that have transactions of their own: a request's, or those of all streams."""
    _snapshot: Snapshot | None = None

    def one_snapshot(self) -> Snapshot:
        """All that is read until its end sees the database as the first read does."""
        self._snapshot = Snapshot(self.database, self.caller)
        return self._snapshot

    async def read(self, query: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """In a task of its own: resolvers may share one, and a connection's timeouts are of its task."""
        return await asyncio.create_task(self._read(query))

    async def _read(self, query: Callable[[AsyncSession], Awaitable[T]]) -> T:
        if self._snapshot is not None:
            return await self._snapshot.read(query)
        async with self.reading, self.database.transaction(self.caller, read_only=True) as session:
            return await query(session)

    async def load(self, batch: Batch[K, V], key: K) -> V | None:
        """The answer of `batch` for one key; all that is asked meanwhile goes into the same read."""
        found: V | None = await self._loader(batch).load(key)
        return found

    async def load_many(self, batch: Batch[K, V], keys: Sequence[K]) -> list[V | None]:
        found: list[V | None] = await self._loader(batch).load_many(keys)
        return found

    def _loader(self, batch: Batch[K, V]) -> DataLoader[K, V | None]:
        loader = self._loaders.get(batch)
        if loader is None:

            async def load(keys: list[K]) -> list[V | None]:
                found = await self._read(lambda session: batch(session, self, keys))
                return [found.get(key) for key in keys]

            loader = self._loaders[batch] = DataLoader(load_fn=load)
        return loader


Info = strawberry.Info[Context, None]
