"""`essor figures`: what the indicators are read from, summed again from the facts."""

import asyncio
import time

import typer

from cli.environment import owner_settings, prepare, unhurried
from cli.terminal import AsJson, Terminal
from services.loans.persistence.tables import metadata
from services.loans.summing import Progress, rebuild_figures, sum_figures
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The kept figures that indicators are read from.")


@app.callback()
def _figures() -> None:
    """Only the commands do anything."""


@app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Forget every kept figure and sum all loans again from their facts.

    Never needed in ordinary life: `essor ledger verify` says whether it is. Safe beside running services, to
    stop, and to start again; what is read meanwhile is right, and slower.
    """
    _run("rebuild", as_json)


@app.command(name="sum")
def sum_up(as_json: AsJson = False) -> None:
    """Sum now the loans that moved since the worker's last round; after a large import, say."""
    _run("sum", as_json)


def _run(what: str, as_json: bool) -> None:
    terminal, started = Terminal(as_json), time.monotonic()
    with owner_settings(Settings()) as settings, terminal.progress("loans summed") as progress:
        summed = asyncio.run(_sum(settings, progress, is_whole=what == "rebuild"))
    seconds = round(time.monotonic() - started, 1)
    terminal.answer(
        {"summed": summed, "seconds": seconds}, lambda: terminal.say(f"{summed} loan(s) summed ({seconds} s)")
    )


async def _sum(settings: Settings, progress: Progress, *, is_whole: bool) -> int:
    await prepare(settings)
    database = Database(service_url("loans", settings), unhurried(settings), metadata=metadata)
    act = rebuild_figures if is_whole else sum_figures
    try:
        return await act(database, progress=progress, client="command-line")
    finally:
        await database.close()
