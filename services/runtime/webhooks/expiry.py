"""Deliveries are kept for a set time: the feed keeps the events themselves."""

from datetime import timedelta

from sqlalchemy import text

from services.runtime.database.transactions import Database

ROWS_AT_ONCE = 1_000


async def purge_deliveries(database: Database, older_than: timedelta) -> int:
    """How many were removed. In small transactions, past rows that others hold.

    What still waits goes only where nobody will send it soon: its endpoint has been paused or revoked.
    """
    removed = 0
    while True:
        removed_now = await _purge_some(database, older_than)
        removed += removed_now
        if removed_now < ROWS_AT_ONCE:
            return removed


async def _purge_some(database: Database, older_than: timedelta) -> int:
    statement = text(
        f"""
        DELETE FROM {database.schema}.webhook_deliveries
         WHERE (endpoint_id, event_id) IN (
            SELECT delivery.endpoint_id, delivery.event_id
              FROM {database.schema}.webhook_deliveries AS delivery
              JOIN {database.schema}.webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
             WHERE delivery.changed_at < now() - CAST(:older_than AS interval)
               AND (delivery.status <> 'pending' OR endpoint.status <> 'active')
             ORDER BY delivery.changed_at LIMIT :most FOR UPDATE OF delivery SKIP LOCKED)
        RETURNING event_id
        """  # noqa: S608 - names of ours
    )
    async with database.of_all_tenants(client="worker") as session:
        removed = await session.execute(statement, {"older_than": older_than, "most": ROWS_AT_ONCE})
        return len(removed.all())
