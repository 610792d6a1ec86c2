"""`essor worker`: what is done beside the requests."""

import asyncio
import signal
from functools import partial

from cli.client_names import forgetting_client_names
from cli.terminal import AsJson, Terminal
from services.capital.duties import duties as capital_duties
from services.capital.persistence.documents import DOCUMENTS as CAPITAL_DOCUMENTS
from services.capital.persistence.personal_dossiers import KINDS as CAPITAL_DOSSIERS
from services.capital.persistence.tables import metadata as capital_metadata
from services.capital.usecases.follow_events import FOLLOWERS as CAPITAL_FOLLOWERS
from services.loans.duties import duties as loans_duties
from services.loans.persistence.documents import DOCUMENTS as LOANS_DOCUMENTS
from services.loans.persistence.personal_dossiers import KINDS as LOANS_DOSSIERS
from services.loans.persistence.tables import metadata as loans_metadata
from services.loans.summing import summing
from services.loans.usecases.follow_events import FOLLOWERS as LOANS_FOLLOWERS
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.documents.check import Holding
from services.runtime.documents.duty import sweeping
from services.runtime.documents.storage import DirectoryStorage
from services.runtime.logs import configure, logger
from services.runtime.privacy.personal_dossiers import Holder
from services.runtime.privacy.whole_purge import daily_purge
from services.runtime.settings import Settings
from services.runtime.webhooks.duty import deliver_webhooks, forgetting
from services.runtime.webhooks.fan_out import fan_out
from services.runtime.worker import duties, work


def worker(as_json: AsJson = False) -> None:
    """Do what is done beside the requests, until stopped: publish events, send webhooks, forget what expired.

    `essor up` starts one; several are safe. It needs ESSOR_DATABASE_URL, or both services' own URLs. A round
    that has begun is finished before it stops, if it takes no longer than a supervisor waits.
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
    capital = Database(service_url("capital", settings), settings, metadata=capital_metadata)
    loans = Database(service_url("loans", settings), settings, metadata=loans_metadata)
    served = [
        (loans, LOANS_FOLLOWERS.kinds, LOANS_DOSSIERS, LOANS_DOCUMENTS),
        (capital, CAPITAL_FOLLOWERS.kinds, CAPITAL_DOSSIERS, CAPITAL_DOCUMENTS),
    ]
    holders = [Holder(database, kinds) for database, _, kinds, _ in served]
    logger.info("worker-started")
    try:
        await work(
            [
                *capital_duties(capital),
                summing(loans, settings.relay_seconds),
                *(loans_duties(loans) if settings.close_daily else ()),
                *(
                    duty
                    for database, readers, _, documents in served
                    for duty in (
                        *duties(database, settings, partial(fan_out, database, readers)),
                        forgetting(database, settings),
                        sweeping(
                            Holding(
                                database,
                                documents,
                                DirectoryStorage(settings.documents_directory, database.schema),
                            )
                        ),
                    )
                ),
                *(map(daily_purge, holders) if settings.purge_daily else ()),
                *([forgetting_client_names(settings, holders)] if settings.purge_daily else ()),
            ],
            stop,
            *(partial(deliver_webhooks, database, settings) for database, *_ in served),
        )
    finally:
        for database, *_ in served:
            await database.close()
    logger.info("worker-stopped")
