"""What is done beside the requests, again and again. Several workers at once are safe."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from services.runtime.database import Database
from services.runtime.expiry import purge_idempotency_keys
from services.runtime.logs import logger
from services.runtime.problems import is_passing
from services.runtime.settings import Settings


async def work(databases: Sequence[Database], settings: Settings, stop: asyncio.Event) -> None:
    """Rounds until `stop` is set; a round that has begun is finished."""
    while not stop.is_set():
        for database in databases:
            await _round(database, settings)
        try:
            await asyncio.wait_for(stop.wait(), settings.worker_seconds)
        except TimeoutError:
            continue


async def _round(database: Database, settings: Settings) -> None:
    try:
        removed = await purge_idempotency_keys(database, timedelta(days=settings.idempotency_days))
    except Exception as error:
        if not is_passing(error):
            raise
        # The database is away: the next round finds the same work.
        logger.warning("worker-waits", service=database.schema, error=type(error).__name__)
        return
    if removed:
        logger.info("idempotency-keys-expired", service=database.schema, removed=removed)
