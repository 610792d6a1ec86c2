"""`essor committee`: proof that the minutes of closed sessions are what they were."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from cli.environment import owner_settings, prepare
from cli.terminal import SOME_FAILED, AsJson, Terminal
from services.kernel.access import Caller, Role
from services.loans.domain.committee_minutes import MinutesProof, PassageState
from services.loans.domain.committee_session import CommitteeSession
from services.loans.persistence.tables import metadata
from services.loans.usecases.read_sessions import prove_all_minutes, prove_minutes
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The committees' sessions.")
COLUMNS = ("session", "held on", "pointer", "what is found")
AUDITOR = Caller(Role.ADMIN, "command-line")

Proofs = dict[UUID, tuple[CommitteeSession, MinutesProof]]


@app.callback()
def _committee() -> None:
    """Only the commands do anything."""


@app.command()
def verify(
    session: Annotated[
        UUID | None, typer.Option(help="One session, by its id; else every closed one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that no closed session was changed since; exit code 1 if one was.

    Works out again the hash of each session's minutes, and compares with them its rows and the seals of
    names and free texts. What the purge emptied is told apart from what somebody changed. It only reads.
    """
    terminal = Terminal(as_json)
    with owner_settings(Settings()) as settings:
        found = asyncio.run(_verify(settings, session))
    fallen = [line for held, proof in found.values() for line in _differences(held, proof)]

    def show() -> None:
        stands = sum(proof.stands for _, proof in found.values())
        emptied = sum(
            passage.state is PassageState.EMPTIED for _, proof in found.values() for passage in proof.passages
        )
        terminal.say(f"{stands} of {len(found)} session(s) as they were closed; {emptied} passage(s) purged")
        if fallen:
            terminal.table("", COLUMNS, fallen)

    answer = {
        str(session_id): {
            "held_on": held.held_on.isoformat(),
            "stands": proof.stands,
            "hash": proof.expected_hash,
            "found_hash": proof.found_hash,
            "differing": list(proof.differing),
            "passages": {passage.pointer: passage.state.value for passage in proof.passages},
        }
        for session_id, (held, proof) in found.items()
    }
    terminal.answer({"sessions": answer}, show)
    if fallen:
        raise typer.Exit(SOME_FAILED)


def _differences(held: CommitteeSession, proof: MinutesProof) -> list[tuple[str, str, str, str]]:
    found = [(pointer, "not what the minutes say") for pointer in proof.differing]
    if proof.found_hash != proof.expected_hash:
        found.append(("", "the minutes have another hash"))
    found += [
        (passage.pointer, "words that are not those of the closing")
        for passage in proof.passages
        if passage.state is PassageState.TAMPERED
    ]
    return [(str(held.id), held.held_on.isoformat(), pointer, what) for pointer, what in found]


async def _verify(settings: Settings, session_id: UUID | None) -> Proofs:
    await prepare(settings)
    database = Database(service_url("loans", settings), settings, metadata=metadata)
    try:
        async with database.transaction(AUDITOR, read_only=True) as session:
            if session_id is None:
                return await prove_all_minutes(session, AUDITOR)
            return {session_id: await prove_minutes(session, AUDITOR, session_id)}
    finally:
        await database.close()
