"""`essor ledger`: proof that what is kept beside the journals equals them."""

import asyncio
from dataclasses import asdict
from importlib import import_module
from typing import Any

import typer

from cli.environment import owner_settings, prepare
from cli.terminal import SOME_FAILED, AsJson, Terminal
from services.kernel.access import Caller, Role
from services.runtime.database import Database
from services.runtime.database_roles import service_url
from services.runtime.migrations import SERVICES
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The double-entry journals of both services.")
AUDITOR = Caller(Role.ADMIN, "command-line")


@app.callback()
def _ledger() -> None:
    """Only the commands do anything."""


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Prove that entries add up to zero and that kept balances equal the journal; exit code 1 if not.

    Works beside a running `essor up`, and without one. It only reads.
    """
    terminal = Terminal(as_json)
    with owner_settings(Settings()) as settings:
        found = asyncio.run(_verify(settings))

    def show() -> None:
        for service, differences in found.items():
            terminal.say(f"{service}: {'clean' if not differences else f'{len(differences)} difference(s)'}")
            if differences:
                terminal.table("", list(differences[0]), [list(row.values()) for row in differences])

    terminal.answer(found, show)
    if any(found.values()):
        raise typer.Exit(SOME_FAILED)


async def _verify(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    await prepare(settings)
    found = {}
    for service in SERVICES:
        tables = import_module(f"services.{service}.persistence.tables")
        verify_ledger = import_module(f"services.{service}.usecases.verify_ledger").verify_ledger
        database = Database(service_url(service, settings), settings, metadata=tables.metadata)
        try:
            async with database.transaction(read_only=True) as session:
                differences = await verify_ledger(session, AUDITOR)
        finally:
            await database.close()
        found[service] = [asdict(difference) for difference in differences]
    return found
