"""Which deliveries a worker takes, and what it writes of them when it has tried.

A claim is a lease: a worker that is killed leaves it to run out, and another takes the delivery again. Within
a dossier the order of the feed holds: a later event is not taken while an earlier one is pending.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import new_id
from services.runtime.webhooks.dialling import Attempt

MOST_ATTEMPTS_KEPT = 20


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is this worker's to send until its lease runs out."""

    claim: UUID
    endpoint_id: UUID
    event_id: UUID
    url: str
    secret_generations: tuple[int, ...]
    failures: int
    event_type: str
    occurred_at: datetime
    dossier_kind: str
    dossier_id: UUID
    version: int
    subject_id: UUID | None


async def claim(
    session: AsyncSession, schema: str, *, most: int, per_endpoint: int, lease_seconds: float
) -> list[Claimed]:
    """No endpoint gets more than `per_endpoint` at once from one worker, and hardly ever from all of them."""
    rows = await session.execute(
        text(_claim_statement(schema)),
        {"most": most, "per_endpoint": per_endpoint, "lease_seconds": lease_seconds, "claim": new_id()},
    )
    return [_claimed(row) for row in rows]


def _claim_statement(schema: str) -> str:
    # `FOR UPDATE` looks at each row again once it has it: what another worker has just taken is passed over.
    return f"""
        WITH due AS MATERIALIZED (
            SELECT found.endpoint_id, found.event_id
              FROM {schema}.webhook_endpoints AS endpoint
             CROSS JOIN LATERAL (
                SELECT delivery.endpoint_id, delivery.event_id, delivery.next_attempt_at
                  FROM {schema}.webhook_deliveries AS delivery
                 WHERE delivery.endpoint_id = endpoint.id AND delivery.status = 'pending'
                   AND delivery.next_attempt_at <= now()
                   AND (delivery.claimed_until IS NULL OR delivery.claimed_until <= now())
                   AND NOT EXISTS (
                       SELECT 1 FROM {schema}.webhook_deliveries AS earlier
                        WHERE earlier.endpoint_id = delivery.endpoint_id AND earlier.status = 'pending'
                          AND earlier.dossier_id = delivery.dossier_id
                          AND earlier.position < delivery.position)
                 ORDER BY delivery.next_attempt_at
                 LIMIT greatest(0, :per_endpoint - (
                       SELECT count(*) FROM {schema}.webhook_deliveries AS sent
                        WHERE sent.endpoint_id = endpoint.id AND sent.claim IS NOT NULL
                          AND sent.claimed_until > now()))
                   FOR UPDATE OF delivery SKIP LOCKED
             ) AS found
             WHERE endpoint.status = 'active'
             ORDER BY found.next_attempt_at
             LIMIT :most
        )
        UPDATE {schema}.webhook_deliveries AS delivery
           SET claim = :claim, claimed_until = now() + make_interval(secs => :lease_seconds)
          FROM due JOIN {schema}.webhook_endpoints AS endpoint ON endpoint.id = due.endpoint_id
         WHERE delivery.endpoint_id = due.endpoint_id AND delivery.event_id = due.event_id
        RETURNING delivery.*, endpoint.url, endpoint.secret_generation,
                  endpoint.previous_secret_until > now() AS previous_signs
    """  # noqa: S608 - `schema` is a name of ours


def _claimed(row: Any) -> Claimed:
    current = row.secret_generation
    return Claimed(
        claim=row.claim,
        endpoint_id=row.endpoint_id,
        event_id=row.event_id,
        url=row.url,
        secret_generations=(current, current - 1) if row.previous_signs else (current,),
        failures=row.failures,
        event_type=row.event_type,
        occurred_at=row.occurred_at,
        dossier_kind=row.dossier_kind,
        dossier_id=row.dossier_id,
        version=row.version,
        subject_id=row.subject_id,
    )


async def record_delivered(session: AsyncSession, schema: str, claimed: Claimed, attempt: Attempt) -> bool:
    """False where the lease had run out and the delivery is no longer this worker's to tell of."""
    is_ours = await _end_claim(session, schema, claimed, attempt, "status = 'delivered', failures = 0", {})
    if not is_ours:
        return False
    healthy = text(
        f"""
        UPDATE {schema}.webhook_endpoints SET failures_in_a_row = 0, failing_since = NULL
         WHERE id = :endpoint_id AND failures_in_a_row > 0
        """  # noqa: S608 - names of ours
    )
    await session.execute(healthy, {"endpoint_id": claimed.endpoint_id})
    await _let_later_ones_go(session, schema, claimed)
    return True


async def record_failed(
    session: AsyncSession, schema: str, claimed: Claimed, attempt: Attempt, *, delay_seconds: float | None
) -> bool:
    """Tried again after the delay, or given up where there is none; False as above."""
    if delay_seconds is None:
        change = "status = 'failed', failures = failures + 1"
    else:
        change = "failures = failures + 1, next_attempt_at = now() + make_interval(secs => :delay_seconds)"
    given: dict[str, object] = {} if delay_seconds is None else {"delay_seconds": delay_seconds}
    is_ours = await _end_claim(session, schema, claimed, attempt, change, given)
    if is_ours and delay_seconds is None:
        await _let_later_ones_go(session, schema, claimed)
    elif is_ours and delay_seconds is not None:
        # They wait for this one anyway: who looks for what is due need not pass over them each time.
        until = "next_attempt_at < now() + make_interval(secs => :delay_seconds)"
        await _move_later_ones(session, schema, claimed, delay_seconds=delay_seconds, only=until)
    return is_ours


async def count_failure(
    session: AsyncSession,
    schema: str,
    endpoint_id: UUID,
    *,
    is_gone: bool,
    pause_failures: int,
    pause_hours: float,
) -> str | None:
    """Pauses the endpoint where its receiver is gone, or fails for long; the reason if this one did."""
    found = await session.execute(
        text(
            f"""
            UPDATE {schema}.webhook_endpoints AS endpoint
               SET failures_in_a_row = failures_in_a_row + 1,
                   failing_since = coalesce(failing_since, now()),
                   status = CASE WHEN reason.pause IS NULL THEN status ELSE 'paused' END,
                   pause_reason = coalesce(reason.pause, pause_reason),
                   changed_at = CASE WHEN reason.pause IS NULL THEN changed_at ELSE now() END
              FROM (SELECT id, CASE
                        WHEN status <> 'active' THEN NULL
                        WHEN :is_gone THEN 'gone'
                        WHEN failures_in_a_row + 1 >= :pause_failures
                             AND coalesce(failing_since, now()) <= now() - make_interval(secs => :seconds)
                        THEN 'failures' END AS pause
                      FROM {schema}.webhook_endpoints WHERE id = :endpoint_id FOR UPDATE) AS reason
             WHERE endpoint.id = reason.id
            RETURNING reason.pause
            """  # noqa: S608 - names of ours
        ),
        {
            "endpoint_id": endpoint_id,
            "is_gone": is_gone,
            "pause_failures": pause_failures,
            "seconds": pause_hours * 3600,
        },
    )
    pause = found.scalar_one()
    return None if pause is None else str(pause)


async def _end_claim(
    session: AsyncSession,
    schema: str,
    claimed: Claimed,
    attempt: Attempt,
    change: str,
    given: dict[str, object],
) -> bool:
    """The log keeps the last attempts only: an answer's body is never kept."""
    ended = await session.execute(
        text(
            f"""
            UPDATE {schema}.webhook_deliveries
               SET {change}, claim = NULL, claimed_until = NULL, changed_at = now(),
                   attempt_count = attempt_count + 1,
                   last_attempts = CASE WHEN jsonb_array_length(last_attempts) < {MOST_ATTEMPTS_KEPT}
                       THEN last_attempts ELSE last_attempts - 0 END
                       || jsonb_build_array(jsonb_build_object('at', now()) || CAST(:attempt AS jsonb))
             WHERE endpoint_id = :endpoint_id AND event_id = :event_id AND claim = :claim
            RETURNING event_id
            """  # noqa: S608 - names of ours
        ),
        {
            "endpoint_id": claimed.endpoint_id,
            "event_id": claimed.event_id,
            "claim": claimed.claim,
            "attempt": _logged(attempt),
            **given,
        },
    )
    return ended.first() is not None


async def _let_later_ones_go(session: AsyncSession, schema: str, claimed: Claimed) -> None:
    await _move_later_ones(session, schema, claimed, delay_seconds=0, only="next_attempt_at > now()")


async def _move_later_ones(
    session: AsyncSession, schema: str, claimed: Claimed, *, delay_seconds: float, only: str
) -> None:
    statement = text(
        f"""
        UPDATE {schema}.webhook_deliveries
           SET next_attempt_at = now() + make_interval(secs => :delay_seconds)
         WHERE endpoint_id = :endpoint_id AND dossier_id = :dossier_id AND status = 'pending'
           AND event_id <> :event_id AND failures = 0 AND {only}
        """  # noqa: S608 - names of ours
    )
    given = {
        "endpoint_id": claimed.endpoint_id,
        "dossier_id": claimed.dossier_id,
        "event_id": claimed.event_id,
        "delay_seconds": delay_seconds,
    }
    await session.execute(statement, given)


def _logged(attempt: Attempt) -> str:
    kept = {"status": attempt.status, "fault": attempt.fault, "duration_ms": attempt.duration_ms}
    return orjson.dumps(kept).decode()
