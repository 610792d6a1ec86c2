"""`essor documents`: proof that each document has its content, whole, and each content its document."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from cli.environment import owner_settings, prepare
from cli.terminal import SOME_FAILED, AsJson, Terminal
from services.capital.persistence.documents import DOCUMENTS as CAPITAL_DOCUMENTS
from services.loans.persistence.documents import DOCUMENTS as LOANS_DOCUMENTS
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.documents.check import SPARED_SECONDS, Findings, Holding, check_documents
from services.runtime.documents.storage import DirectoryStorage
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Documents attached to dossiers, and where their contents are.")


@app.callback()
def _documents() -> None:
    """Only the commands do anything."""


@app.command()
def check(
    remove_orphans: Annotated[
        bool, typer.Option("--remove-orphans", help="Remove contents that no document names.")
    ] = False,
    spare_minutes: Annotated[
        int, typer.Option(min=0, help="Leave younger contents alone: their document may be on its way.")
    ] = round(SPARED_SECONDS / 60),
    as_json: AsJson = False,
) -> None:
    """Compare every document with its content, by size and SHA-256; exit code 1 if one is missing or altered.

    What died half-way, was purged or was removed leaves contents that no document names: they are told, and
    removed with --remove-orphans. Works beside a running `essor up`, and without one.
    """
    terminal = Terminal(as_json)
    with owner_settings(Settings()) as settings:
        found = asyncio.run(_check(settings, removes_orphans=remove_orphans, spared=spare_minutes * 60.0))

    def show() -> None:
        terminal.say(f"{found.checked} document(s) compared")
        for name in ("missing", "altered", "orphans"):
            for one in getattr(found, name):
                terminal.say(f"  {name}: {one}")
        if found.removed:
            terminal.say(f"{found.removed} orphaned content(s) removed")

    answer = {
        name: value if isinstance(value, int) else [str(one) for one in value]
        for name, value in asdict(found).items()
    }
    terminal.answer(answer, show)
    if not found.is_sound:
        raise typer.Exit(SOME_FAILED)


async def _check(settings: Settings, *, removes_orphans: bool, spared: float) -> Findings:
    """Of both services, together: an id says enough of which document it is."""
    await prepare(settings)
    found = Findings()
    for table in (LOANS_DOCUMENTS, CAPITAL_DOCUMENTS):
        service = str(table.schema)
        database = Database(service_url(service, settings), settings, metadata=table.metadata)
        holding = Holding(database, table, DirectoryStorage(settings.documents_directory, service))
        try:
            found += await check_documents(holding, removes_orphans=removes_orphans, spared_seconds=spared)
        finally:
            await database.close()
    return found
