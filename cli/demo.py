"""`essor demo`: invented data, at the scale of the field or a few dozen dossiers."""

import asyncio
import time
from typing import Annotated, Any

import typer
from sqlalchemy import MetaData

from cli.environment import owner_settings, prepare
from cli.terminal import AsJson, Terminal
from demonstration.seed_capital import seed as seed_capital
from demonstration.seed_loans import seed as seed_loans
from services.capital.persistence.tables import metadata as capital_metadata
from services.kernel.calendar import today_in_paris
from services.loans.persistence.tables import metadata as loans_metadata
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.service import entrepreneur_key
from services.runtime.settings import Demonstration, Settings

SEEDS: dict[str, tuple[MetaData, Any]] = {
    "loans": (loans_metadata, seed_loans),
    "capital": (capital_metadata, seed_capital),
}


def demo(
    size: Annotated[Demonstration | None, typer.Option(help="How much of it. Default: ESSOR_DEMO.")] = None,
    as_json: AsJson = False,
) -> None:
    """Load the demonstration data: invented people, CAEs, loans and top-ups, marked as invented.

    It goes through the same use cases as real work, beside a running `essor up` or without one. What is there
    already is left as it is, so that a run cut short goes on where it stopped.
    """
    terminal = Terminal(as_json)
    started = time.monotonic()
    with owner_settings(Settings()) as settings:
        asyncio.run(_load(settings, size or settings.demo, terminal))
    seconds = round(time.monotonic() - started, 1)
    terminal.answer(
        {"seconds": seconds},
        lambda: terminal.say(f"Demonstration data is loaded ({seconds} s): all of it is invented."),
    )


async def _load(settings: Settings, size: Demonstration, terminal: Terminal) -> None:
    await prepare(settings)
    for service, (metadata, seed) in SEEDS.items():
        database = Database(service_url(service, settings), settings, metadata=metadata)
        try:
            with terminal.progress(f"invented {service}") as progress:
                await seed(
                    database,
                    size,
                    today=today_in_paris(),
                    entrepreneur_key=entrepreneur_key(settings),
                    progress=progress,
                )
        finally:
            await database.close()
