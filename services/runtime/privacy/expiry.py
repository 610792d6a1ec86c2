"""Idempotency keys expire: after a set time a call with the same key is another call."""

from datetime import timedelta

from sqlalchemy import delete, func, select, tuple_

from services.runtime.database.transactions import Database

ROWS_AT_ONCE = 1_000


async def purge_idempotency_keys(database: Database, older_than: timedelta) -> int:
    """How many were removed. In small transactions, past rows that others hold: nobody waits for it.

    Any number of workers may run it at once.
    """
    removed = 0
    while True:
        removed_now = await _purge_some(database, older_than)
        removed += removed_now
        if removed_now < ROWS_AT_ONCE:
            return removed


async def _purge_some(database: Database, older_than: timedelta) -> int:
    table = database.idempotency_keys
    key = (table.c.client, table.c.method, table.c.path, table.c.key)
    expired = (
        select(*key)
        .where(table.c.created_at < func.now() - older_than)
        .order_by(table.c.created_at)
        .limit(ROWS_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    async with database.of_all_tenants() as session:
        removed = await session.execute(delete(table).where(tuple_(*key).in_(expired)).returning(table.c.key))
        return len(removed.all())
