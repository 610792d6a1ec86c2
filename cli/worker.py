"""`essor worker`: what is done beside the requests."""

import asyncio
import signal

from cli.terminal import AsJson, Terminal
from services.capital.persistence.tables import metadata as capital_metadata
from services.loans.persistence.tables import metadata as loans_metadata
from services.runtime.database import Database
from services.runtime.database_roles import service_url
from services.runtime.logs import configure, logger
from services.runtime.settings import Settings
from services.runtime.worker import duties, work


def worker(as_json: AsJson = False) -> None:
    """Do what is done beside the requests, until stopped: publish events, forget expired idempotency keys.

    `essor up` starts one; several are safe. It needs ESSOR_DATABASE_URL, or both services' own URLs. A round
    that has begun is finished before it stops.
    """
    settings, terminal = Settings(), Terminal(as_json)
    configure(settings.log_level)
    pauses = {"relay_seconds": settings.relay_seconds, "worker_seconds": settings.worker_seconds}
    terminal.answer(
        {"server": "worker", **pauses},
        lambda: terminal.say(
            f"worker: new events every {settings.relay_seconds:g} s, the rest every"
            f" {settings.worker_seconds:g} s; Ctrl-C stops it"
        ),
    )
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    databases = [
        Database(service_url("loans", settings), settings, metadata=loans_metadata),
        Database(service_url("capital", settings), settings, metadata=capital_metadata),
    ]
    logger.info("worker-started")
    try:
        await work([duty for database in databases for duty in duties(database, settings)], stop)
    finally:
        for database in databases:
            await database.close()
    logger.info("worker-stopped")
