"""Dossiers of no service, to which things happen; and a relay in a process of its own, to be killed."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Role
from services.kernel.language import Word
from services.runtime.database.transactions import Database, make_metadata
from services.runtime.history.facts import Dossier, Fact, tell
from services.runtime.history.relay import PublishedEvent, relay
from services.runtime.settings import Settings

OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({"84"}))


class Deed(Word):
    OPEN = "open", "ouvrir", "opening"


class Happening(Word):
    OPENED = "opened", "ouvert", "opened"


def fact(dossier_id: UUID) -> Fact:
    return Fact(Dossier("box", dossier_id, "84"), Deed.OPEN, Happening.OPENED)


async def happen(database: Database, *dossier_ids: UUID) -> None:
    async with database.transaction(OPERATOR) as session:
        tell(session, *map(fact, dossier_ids))


async def outbox(database: Database, dossier_ids: Sequence[UUID]) -> list[Any]:
    """In the order of their numbers, published or not."""
    query = "SELECT * FROM probe.outbox WHERE dossier_id = ANY (:ids) ORDER BY number"
    async with database.of_all_tenants(read_only=True) as session:
        return list((await session.execute(text(query), {"ids": list(dossier_ids)})).all())


async def _publish_and_hold(url: str) -> None:
    async def hold(_session: AsyncSession, _events: Sequence[PublishedEvent]) -> None:
        print("held", flush=True)  # noqa: T201 - whoever waits for it reads it
        await asyncio.sleep(60)

    metadata = make_metadata("probe")
    await relay(Database(url, Settings(), metadata=metadata), hold)


if __name__ == "__main__":
    asyncio.run(_publish_and_hold(sys.argv[1]))
