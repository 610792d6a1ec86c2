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
from services.runtime.worker import work


def worker(as_json: AsJson = False) -> None:
    """Do what is done beside the requests, until stopped: today, forget expired idempotency keys.

    `essor up` starts one; several are safe. It needs ESSOR_DATABASE_URL, or both services' own URLs.
    """
    settings, terminal = Settings(), Terminal(as_json)
    configure(settings.log_level)
    pause_seconds = settings.worker_seconds
    terminal.answer(
        {"server": "worker", "pause_seconds": pause_seconds},
        lambda: terminal.say(f"worker, a round every {pause_seconds:g} s; Ctrl-C stops it"),
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
        await work(databases, settings, stop)
    finally:
        for database in databases:
            await database.close()
    logger.info("worker-stopped")
