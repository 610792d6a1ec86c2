"""`essor ledger`: proof that what is kept beside the journals equals them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, astuple

import typer
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession

from cli.environment import owner_settings, prepare, unhurried
from cli.terminal import SOME_FAILED, AsJson, Terminal
from services.capital.persistence.tables import metadata as capital_metadata
from services.capital.usecases.verify_ledger import verify_ledger as verify_capital
from services.kernel.access import Caller, Role
from services.kernel.ledger_proof import LedgerProof
from services.loans.persistence.tables import metadata as loans_metadata
from services.loans.usecases.verify_ledger import verify_ledger as verify_loans
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The double-entry journals of both services.")
COLUMNS = ("check", "subject", "expected cents", "found cents")
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
        for service, proof in found.items():
            compared = ", ".join(f"{count} {name}" for name, count in proof.compared.items())
            outcome = "clean" if not proof.differences else f"{len(proof.differences)} difference(s)"
            terminal.say(f"{service}: {outcome} ({compared})")
            if proof.differences:
                terminal.table("", COLUMNS, [astuple(difference) for difference in proof.differences])

    terminal.answer({service: asdict(proof) for service, proof in found.items()}, show)
    if any(proof.differences for proof in found.values()):
        raise typer.Exit(SOME_FAILED)


async def _verify(settings: Settings) -> dict[str, LedgerProof]:
    await prepare(settings)
    async with _reading("loans", settings, loans_metadata) as session:
        loans = await verify_loans(session, AUDITOR)
    async with _reading("capital", settings, capital_metadata) as session:
        capital = await verify_capital(session, AUDITOR)
    return {"loans": loans, "capital": capital}


@asynccontextmanager
async def _reading(service: str, settings: Settings, metadata: MetaData) -> AsyncIterator[AsyncSession]:
    database = Database(service_url(service, settings), unhurried(settings), metadata=metadata)
    try:
        async with database.transaction(AUDITOR, read_only=True) as session:
            yield session
    finally:
        await database.close()
