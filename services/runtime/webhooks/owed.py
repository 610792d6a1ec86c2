"""What an endpoint was sent and is owed: its log, and what is queued again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.webhooks.fan_out import COPIED, IS_OWED, OF_EVENT, Readers, pairs_of
from services.runtime.webhooks.words import AttemptFault, DeliveryStatus

COLUMNS = f"event_id, {COPIED}, status, next_attempt_at, attempt_count, last_attempts"


@dataclass(frozen=True, slots=True)
class PastAttempt:
    at: datetime
    status: int | None
    fault: AttemptFault | None
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Delivery:
    event_id: UUID
    position: int
    event_type: str
    dossier_kind: str
    dossier_id: UUID
    version: int
    subject_id: UUID | None
    occurred_at: datetime
    status: DeliveryStatus
    next_attempt_at: datetime | None
    attempt_count: int
    last_attempts: tuple[PastAttempt, ...]

    @classmethod
    def of(cls, row: Any) -> "Delivery":
        status = DeliveryStatus(row.status)
        return cls(
            event_id=row.event_id,
            position=row.position,
            event_type=row.event_type,
            dossier_kind=row.dossier_kind,
            dossier_id=row.dossier_id,
            version=row.version,
            subject_id=row.subject_id,
            occurred_at=row.occurred_at,
            status=status,
            next_attempt_at=row.next_attempt_at if status is DeliveryStatus.PENDING else None,
            attempt_count=row.attempt_count,
            last_attempts=tuple(_attempt(attempt) for attempt in row.last_attempts),
        )


@dataclass(frozen=True, slots=True)
class Queued:
    """`last` is the place in the feed after which more may be asked for; None where that was all."""

    count: int
    last: tuple[int, UUID] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; what is given narrows together."""

    event_ids: Sequence[UUID] | None = None
    after: int | None = None
    since: datetime | None = None


def _attempt(kept: dict[str, Any]) -> PastAttempt:
    return PastAttempt(
        at=datetime.fromisoformat(kept["at"]),
        status=kept["status"],
        fault=None if kept["fault"] is None else AttemptFault(kept["fault"]),
        duration_ms=kept["duration_ms"],
    )


async def page(
    session: AsyncSession,
    schema: str,
    endpoint_id: UUID,
    *,
    status: DeliveryStatus | None,
    after: int | None,
    limit: int,
) -> list[Delivery]:
    """Latest event first; one more than `limit` where there is a next page."""
    query = text(
        f"""
        SELECT {COLUMNS} FROM {schema}.webhook_deliveries
         WHERE endpoint_id = :endpoint_id
           AND (CAST(:status AS text) IS NULL OR status = :status)
           AND (CAST(:after AS bigint) IS NULL OR position < :after)
         ORDER BY position DESC LIMIT :limit
        """  # noqa: S608 - names of ours
    )
    given = {"endpoint_id": endpoint_id, "status": status, "after": after, "limit": limit + 1}
    return [Delivery.of(row) for row in await session.execute(query, given)]


async def count(
    session: AsyncSession, schema: str, endpoint_id: UUID, *, status: DeliveryStatus | None
) -> int:
    query = text(
        f"SELECT count(*) FROM {schema}.webhook_deliveries"  # noqa: S608 - names of ours
        " WHERE endpoint_id = :endpoint_id AND (CAST(:status AS text) IS NULL OR status = :status)"
    )
    counted = await session.execute(query, {"endpoint_id": endpoint_id, "status": status})
    return int(counted.scalar_one())


async def make_due(session: AsyncSession, schema: str, endpoint_id: UUID) -> None:
    """All that waits starts afresh, now."""
    statement = text(
        f"""
        UPDATE {schema}.webhook_deliveries SET failures = 0, next_attempt_at = now()
         WHERE endpoint_id = :endpoint_id AND status = 'pending'
           AND (failures > 0 OR next_attempt_at > now())
        """  # noqa: S608 - names of ours
    )
    await session.execute(statement, {"endpoint_id": endpoint_id})


async def queue_again(
    session: AsyncSession,
    schema: str,
    readers: Readers,
    endpoint_id: UUID,
    wanted: Wanted,
    *,
    limit: int,
) -> Queued:
    """In the feed's order; what is being sent right now is left alone.

    Taken from the feed, so that a delivery which the log has forgotten can be had again.
    """
    statement = text(
        f"""
        WITH chosen AS (
            SELECT endpoint.id AS endpoint_id, event.event_id, {OF_EVENT}
              FROM {schema}.outbox AS event
              JOIN {schema}.webhook_endpoints AS endpoint ON {IS_OWED}
             WHERE endpoint.id = :endpoint_id AND event.position IS NOT NULL
               AND (CAST(:event_ids AS uuid[]) IS NULL OR event.event_id = ANY (:event_ids))
               AND (CAST(:after AS bigint) IS NULL OR event.position > :after)
               AND (CAST(:since AS timestamptz) IS NULL OR event.published_at >= :since)
             ORDER BY event.position LIMIT :limit
        ), queued AS (
            INSERT INTO {schema}.webhook_deliveries AS kept (endpoint_id, event_id, {COPIED})
            SELECT * FROM chosen
            ON CONFLICT (endpoint_id, event_id) DO UPDATE
               SET status = 'pending', failures = 0, next_attempt_at = now(), changed_at = now(),
                   claim = NULL, claimed_until = NULL
             WHERE kept.claimed_until IS NULL OR kept.claimed_until <= now()
            RETURNING kept.event_id
        )
        SELECT (SELECT count(*) FROM queued) AS queued, (SELECT count(*) FROM chosen) AS chosen,
               last.position, last.event_id
          FROM (SELECT position, event_id FROM chosen ORDER BY position DESC LIMIT 1) AS last
        """  # noqa: S608 - names of ours
    )
    given = {
        "endpoint_id": endpoint_id,
        "event_ids": wanted.event_ids,
        "after": wanted.after,
        "since": wanted.since,
        "limit": limit,
        **pairs_of(readers),
    }
    row = (await session.execute(statement, given)).one_or_none()
    if row is None:
        return Queued(0, None)
    return Queued(row.queued, (row.position, row.event_id) if row.chosen == limit else None)
