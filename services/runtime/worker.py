"""What is done beside the requests, again and again. Several workers at once are safe."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.runtime.database.transactions import Database
from services.runtime.history.relay import FanOut, relay
from services.runtime.logs import logger
from services.runtime.privacy.expiry import purge_idempotency_keys
from services.runtime.problems import is_passing
from services.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Duty:
    """One round of it is `run`; the next begins `pause_seconds` after its end."""

    name: str
    service: str
    pause_seconds: float
    run: Callable[[], Awaitable[int]]
    """How much was done, for the log; nothing is logged of a round that did nothing."""


STOP_SECONDS = 15.0
"""What rounds may still take once the worker is told to stop; less than the supervisor's and the containers'
patience. One that takes longer, say the closes of weeks, is cut as a kill would: its last transaction leaves
nothing, and the next worker goes on from there."""

Standing = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


def duties(database: Database, settings: Settings, fan_out: FanOut | None = None) -> list[Duty]:
    """What every service has done for it. `fan_out` is what else is made of each event that is published."""
    lives = timedelta(days=settings.idempotency_days)
    return [
        Duty("publish-events", database.schema, settings.relay_seconds, lambda: relay(database, fan_out)),
        Duty(
            "expire-idempotency-keys",
            database.schema,
            settings.worker_seconds,
            lambda: purge_idempotency_keys(database, lives),
        ),
    ]


async def work(
    duties: Sequence[Duty], stop: asyncio.Event, *standing: Standing, stop_seconds: float = STOP_SECONDS
) -> None:
    """Rounds of each duty, side by side, until `stop` is set; those that have begun have `stop_seconds` left.

    `standing` duties have no rounds: each ends by itself once `stop` is set.
    """
    async with asyncio.TaskGroup() as group:
        for stand in standing:
            group.create_task(stand(stop))
        rounds = [
            group.create_task(_repeat(duty, stop), name=f"{duty.name} of {duty.service}") for duty in duties
        ]
        group.create_task(_cut(rounds, stop, stop_seconds))


async def _cut(rounds: Sequence["asyncio.Task[None]"], stop: asyncio.Event, stop_seconds: float) -> None:
    await stop.wait()
    _, late = await asyncio.wait(rounds, timeout=stop_seconds)
    for task in late:
        logger.warning("worker-round-cut", duty=task.get_name(), seconds=stop_seconds)
        task.cancel()


async def _repeat(duty: Duty, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await _round(duty)
        try:
            await asyncio.wait_for(stop.wait(), duty.pause_seconds)
        except TimeoutError:
            continue


async def _round(duty: Duty) -> None:
    try:
        done = await duty.run()
    except Exception as error:
        if not is_passing(error):
            raise
        # The database is away: the next round finds the same work.
        logger.warning("worker-waits", duty=duty.name, service=duty.service, error=type(error).__name__)
        return
    if done:
        logger.info("worker-round", duty=duty.name, service=duty.service, done=done)
