"""Rows of endpoints. Policies of the table narrow every query to what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.kernel.refusals import NotFound
from services.runtime.webhooks.words import EndpointStatus, PauseReason, TooManyWebhooks, WebhookElement

COLUMNS = """
    id, url, event_types, description, status, pause_reason, secret_generation, previous_secret_until,
    failures_in_a_row, failing_since, created_at
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`event_types` is empty for all of them."""

    id: UUID
    url: str
    event_types: tuple[str, ...]
    description: str | None
    status: EndpointStatus
    pause_reason: PauseReason | None
    secret_generation: int
    previous_secret_until: datetime | None
    failures_in_a_row: int
    failing_since: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: Any) -> "Endpoint":
        return cls(
            id=row.id,
            url=row.url,
            event_types=tuple(row.event_types),
            description=row.description,
            status=EndpointStatus(row.status),
            pause_reason=None if row.pause_reason is None else PauseReason(row.pause_reason),
            secret_generation=row.secret_generation,
            previous_secret_until=row.previous_secret_until,
            failures_in_a_row=row.failures_in_a_row,
            failing_since=row.failing_since,
            created_at=row.created_at,
        )


async def add(
    session: AsyncSession,
    schema: str,
    caller: Caller,
    *,
    url: str,
    event_types: Sequence[str],
    description: str | None,
    most: int,
) -> Endpoint:
    """Takes the first free of the tenant's `most` slots: two at once cannot take the same one."""
    tenant = {"role": caller.role.value, "regions": sorted(caller.regions), "siren": caller.siren}
    of_tenant = "role = :role AND regions = :regions AND siren IS NOT DISTINCT FROM :siren"
    taken = f"SELECT slot FROM {schema}.webhook_endpoints WHERE {of_tenant} AND status <> 'revoked'"  # noqa: S608
    free = text(f"SELECT min(slot) FROM generate_series(1, :most) AS slot WHERE slot NOT IN ({taken})")  # noqa: S608
    insert = text(
        f"""
        INSERT INTO {schema}.webhook_endpoints
               (id, role, regions, siren, client, slot, url, event_types, description)
        VALUES (:id, :role, :regions, :siren, :client, :slot, :url, :event_types, :description)
        ON CONFLICT DO NOTHING RETURNING {COLUMNS}
        """  # noqa: S608 - names of ours
    )
    row = {
        **tenant,
        "id": new_id(),
        "client": caller.client,
        "url": url,
        "event_types": list(event_types),
        "description": description,
    }
    while True:
        slot = await session.scalar(free, {**tenant, "most": most})
        if slot is None:
            raise TooManyWebhooks(most=most)
        made = (await session.execute(insert, {**row, "slot": slot})).one_or_none()
        if made is not None:
            return Endpoint.of(made)


async def find(session: AsyncSession, schema: str, endpoint_id: UUID, *, lock: bool = False) -> Endpoint:
    query = f"SELECT {COLUMNS} FROM {schema}.webhook_endpoints WHERE id = :id"  # noqa: S608 - names of ours
    locked = " FOR UPDATE" if lock else ""
    row = (await session.execute(text(query + locked), {"id": endpoint_id})).one_or_none()
    if row is None:
        raise NotFound(what=WebhookElement.WEBHOOK, id=endpoint_id)
    return Endpoint.of(row)


async def page(
    session: AsyncSession, schema: str, *, status: EndpointStatus | None, after: UUID | None, limit: int
) -> list[Endpoint]:
    """Newest first; one more than `limit` where there is a next page."""
    query = text(
        f"""
        SELECT {COLUMNS} FROM {schema}.webhook_endpoints
         WHERE (CAST(:status AS text) IS NULL OR status = :status)
           AND (CAST(:after AS uuid) IS NULL OR id < :after)
         ORDER BY id DESC LIMIT :limit
        """  # noqa: S608 - names of ours
    )
    rows = await session.execute(query, {"status": status, "after": after, "limit": limit + 1})
    return [Endpoint.of(row) for row in rows]


async def count(session: AsyncSession, schema: str, *, status: EndpointStatus | None) -> int:
    query = text(
        f"SELECT count(*) FROM {schema}.webhook_endpoints"  # noqa: S608 - names of ours
        " WHERE CAST(:status AS text) IS NULL OR status = :status"
    )
    return int((await session.execute(query, {"status": status})).scalar_one())


async def change_status(
    session: AsyncSession,
    schema: str,
    endpoint_id: UUID,
    status: EndpointStatus,
    pause_reason: PauseReason | None = None,
) -> Endpoint:
    """What failed before does not count against it any more."""
    query = text(
        f"""
        UPDATE {schema}.webhook_endpoints
           SET status = :status, pause_reason = :pause_reason, changed_at = now(),
               failures_in_a_row = 0, failing_since = NULL
         WHERE id = :id RETURNING {COLUMNS}
        """  # noqa: S608 - names of ours
    )
    given = {"id": endpoint_id, "status": status, "pause_reason": pause_reason}
    return Endpoint.of((await session.execute(query, given)).one())


async def rotate_secret(
    session: AsyncSession, schema: str, endpoint_id: UUID, *, previous_hours: float
) -> Endpoint:
    query = text(
        f"""
        UPDATE {schema}.webhook_endpoints
           SET secret_generation = secret_generation + 1, changed_at = now(),
               previous_secret_until = now() + make_interval(secs => :previous_seconds)
         WHERE id = :id RETURNING {COLUMNS}
        """  # noqa: S608 - names of ours
    )
    given = {"id": endpoint_id, "previous_seconds": previous_hours * 3600}
    return Endpoint.of((await session.execute(query, given)).one())
