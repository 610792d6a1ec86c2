"""Whether each document has its content, whole, and each content its document."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from sqlalchemy import Table, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.runtime.database.transactions import Database
from services.runtime.documents.storage import Kept, Storage
from services.runtime.documents.uploads import measure

AT_ONCE = 500
SPARED_SECONDS = 3_600.0
"""A content is written before its row is committed: what is younger may only be waiting for it."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A service's documents: their table, and where their contents are."""

    database: Database
    table: Table
    storage: Storage

    @property
    def service(self) -> str:
        return self.database.schema


@dataclass(slots=True)
class Findings:
    checked: int = 0
    missing: list[UUID] = field(default_factory=list)
    altered: list[UUID] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    removed: int = 0

    @property
    def is_sound(self) -> bool:
        return not self.missing and not self.altered and len(self.orphans) == self.removed

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(
            self.checked + other.checked,
            [*self.missing, *other.missing],
            [*self.altered, *other.altered],
            [*self.orphans, *other.orphans],
            self.removed + other.removed,
        )


async def check_documents(
    holding: Holding, *, removes_orphans: bool, spared_seconds: float = SPARED_SECONDS
) -> Findings:
    findings = Findings()
    await _compare(holding, findings)
    findings.orphans, findings.removed = await sweep(
        holding, removes=removes_orphans, spared_seconds=spared_seconds
    )
    return findings


async def remove_orphans(holding: Holding, *, spared_seconds: float = SPARED_SECONDS) -> int:
    """For the worker: contents whose row was purged or never committed, or whose document was removed."""
    _, removed = await sweep(holding, removes=True, spared_seconds=spared_seconds)
    return removed


async def sweep(holding: Holding, *, removes: bool, spared_seconds: float) -> tuple[list[str], int]:
    orphans: list[str] = []
    removed = 0
    listed = await asyncio.to_thread(lambda: list(holding.storage.kept()))
    for batch in _batches(listed):
        named = {one.key for one in batch if one.key is not None}
        standing = await _standing(holding, named)
        for one in batch:
            if one.key in standing or one.age_seconds < spared_seconds:
                continue
            orphans.append(one.path)
            if removes:
                await asyncio.to_thread(holding.storage.discard, one)
                removed += 1
    return orphans, removed


async def _compare(holding: Holding, findings: Findings) -> None:
    table, after = holding.table, UUID(int=0)
    while True:
        query = (
            select(table.c.id, table.c.sha256, table.c.size_bytes)
            .where(table.c.id > after, table.c.removed_on.is_(None))
            .order_by(table.c.id)
            .limit(AT_ONCE)
        )
        async with holding.database.of_all_tenants(read_only=True) as session:
            rows = (await session.execute(query)).all()
        for row in rows:
            findings.checked += 1
            found = await asyncio.to_thread(_measured, holding.storage, row.id)
            if found is None:
                findings.missing.append(row.id)
            elif found != (row.size_bytes, row.sha256):
                findings.altered.append(row.id)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


def _measured(storage: Storage, key: UUID) -> tuple[int, str] | None:
    try:
        with storage.open(key) as content:
            return measure(content)
    except FileNotFoundError:
        return None


async def _standing(holding: Holding, keys: Iterable[UUID]) -> frozenset[UUID]:
    """Those of a document that was not removed."""
    table = holding.table
    wanted = any_(bindparam(None, sorted(keys), type_=ARRAY(table.c.id.type)))
    query = select(table.c.id).where(table.c.id == wanted, table.c.removed_on.is_(None))
    async with holding.database.of_all_tenants(read_only=True) as session:
        return frozenset(cast("UUID", one) for one in (await session.execute(query)).scalars())


def _batches(listed: Sequence[Kept]) -> Iterable[Sequence[Kept]]:
    for start in range(0, len(listed), AT_ONCE):
        yield listed[start : start + AT_ONCE]
