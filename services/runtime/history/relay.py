"""Gives each event of the outbox its position in the feed, once its transaction has committed.

Why no event is skipped, repeated or told out of its dossier's order:

- An event is published because it has no position yet, never because it comes after the last one published:
  a transaction that took its number first and commits last is found by the round after.
- Relays take turns on the feed's one row. What the turn before published is seen by the next, because it
  reads only once it holds the row. Positions are consecutive and committed in their order: a reader that
  sees one sees all before it.
- A position, the feed's own and what is made of the event in the same transaction are written all at once or,
  if the relay dies, not at all.
- The later event of a dossier has the larger number and was committed later (`history_writing`): where it is
  seen so is the earlier one, and it comes first by number, whatever the size of a round.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.database.transactions import Database

EVENTS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event that has its place in the feed."""

    position: int
    event_id: UUID
    type: str
    dossier_kind: str
    dossier_id: UUID
    subject_id: UUID | None
    version: int
    region: str
    cae_siren: str | None
    occurred_at: datetime


FanOut = Callable[[AsyncSession, Sequence[PublishedEvent]], Awaitable[None]]
"""What else is made of events, in the transaction that gives them their positions."""


async def relay(database: Database, fan_out: FanOut | None = None) -> int:
    """How many were published. In small transactions, until none waits or another relay is at it."""
    published = 0
    while True:
        async with database.of_all_tenants(client="worker") as session:
            events = await publish(session, database.schema, limit=EVENTS_AT_ONCE)
            if fan_out is not None and events:
                await fan_out(session, events)
        published += len(events)
        if len(events) < EVENTS_AT_ONCE:
            return published


async def publish(session: AsyncSession, schema: str, *, limit: int) -> list[PublishedEvent]:
    """In the order of their positions; none where another relay holds the feed."""
    # `schema` is a name of ours. Two statements: the second sees what the holder before has committed.
    held = await session.execute(
        text(f"""
            SELECT position FROM {schema}.feed
             WHERE EXISTS (SELECT 1 FROM {schema}.outbox WHERE position IS NULL)
               FOR UPDATE SKIP LOCKED
        """)  # noqa: S608
    )
    last = held.scalar_one_or_none()
    if last is None:
        return []
    placed = await session.execute(
        text(f"""
            WITH waiting AS (
                SELECT event_id, row_number() OVER (ORDER BY number) AS rank
                  FROM {schema}.outbox WHERE position IS NULL ORDER BY number LIMIT :limit
            ), placed AS (
                UPDATE {schema}.outbox o
                   SET position = :last + rank, published_at = statement_timestamp()
                  FROM waiting WHERE o.event_id = waiting.event_id
                RETURNING position, o.event_id, type, dossier_kind, dossier_id, subject_id, version, region,
                          cae_siren, occurred_at
            ), moved AS (
                UPDATE {schema}.feed SET position = :last + (SELECT count(*) FROM placed)
            )
            SELECT * FROM placed ORDER BY position
        """),  # noqa: S608
        {"last": last, "limit": limit},
    )
    return [PublishedEvent(*row) for row in placed]
