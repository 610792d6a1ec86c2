"""Each event that gets its place in the feed is owed to every endpoint of its tenants that wants its type."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Role
from services.runtime.database.transactions import Database

COPIED = "position, event_type, dossier_kind, dossier_id, version, subject_id, occurred_at"
OF_EVENT = """
    event.position, event.type AS event_type, event.dossier_kind, event.dossier_id, event.version,
    event.subject_id, event.occurred_at
"""
IS_OWED = """
    (endpoint.role = 'cae' AND event.cae_siren = endpoint.siren
     OR endpoint.role IN ('operator', 'partner') AND event.region = ANY (endpoint.regions))
    AND (event.dossier_kind, endpoint.role) IN (
        SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:roles AS text[])))
    AND (cardinality(endpoint.event_types) = 0 OR event.type = ANY (endpoint.event_types))
"""

Readers = Mapping[str, Collection[Role]]
"""Which roles read a dossier of each kind: others' links would lead nowhere for them."""


class Published(Protocol):
    @property
    def position(self) -> int: ...


async def fan_out(
    database: Database, readers: Readers, session: AsyncSession, published: Sequence[Published]
) -> None:
    """In the transaction that publishes: none is published and forgotten. Paused endpoints are owed too.

    Behind a delivery that failed and waits, its dossier's next waits for as long: who looks for what is due
    need not pass over it each time. What it waits behind is locked, so that it cannot be over meanwhile.
    """
    if not published:
        return
    deliveries = f"{database.schema}.webhook_deliveries"
    statement = text(
        f"""
        WITH owed AS (
            SELECT endpoint.id AS endpoint_id, event.event_id, {OF_EVENT}
              FROM {database.schema}.outbox AS event
              JOIN {database.schema}.webhook_endpoints AS endpoint ON {IS_OWED}
             WHERE event.position = ANY (:positions) AND endpoint.status <> 'revoked'
        ), failing AS MATERIALIZED (
            SELECT endpoint_id, dossier_id, next_attempt_at FROM {deliveries}
             WHERE status = 'pending' AND failures > 0 AND next_attempt_at > now()
               AND (endpoint_id, dossier_id) IN (SELECT endpoint_id, dossier_id FROM owed)
               FOR UPDATE SKIP LOCKED
        ), put_off AS (
            SELECT endpoint_id, dossier_id, max(next_attempt_at) AS until FROM failing GROUP BY 1, 2
        )
        INSERT INTO {deliveries} (endpoint_id, event_id, {COPIED}, next_attempt_at)
        SELECT owed.*, coalesce(put_off.until, now())
          FROM owed LEFT JOIN put_off USING (endpoint_id, dossier_id)
        ON CONFLICT DO NOTHING
        """  # noqa: S608 - names of ours
    )
    positions = [event.position for event in published]
    await session.execute(statement, {"positions": positions, **pairs_of(readers)})


def pairs_of(readers: Readers) -> dict[str, Any]:
    """The parameters of `IS_OWED`."""
    pairs = [(kind, role.value) for kind, roles in readers.items() for role in roles]
    return {"kinds": [kind for kind, _ in pairs], "roles": [role for _, role in pairs]}
