"""`essor clients`: the software that may ask the gateway for tokens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.environment import owner_settings, prepare
from cli.terminal import AsJson, Terminal
from cli.token import caller_of_options
from services.identity.app import open_database
from services.identity.domain.client import Client
from services.identity.usecases.add_client import Shown, add_client
from services.identity.usecases.list_clients import list_clients
from services.identity.usecases.revoke_client import revoke_client
from services.identity.usecases.rotate_secret import rotate_secret
from services.kernel.access import Role
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The clients of the gateway: who may ask it for tokens.")
COLUMNS = ("client", "role", "regions or SIREN", "last use (UTC)", "state (UTC)")
OVERLAP_HOURS = 24.0
T = TypeVar("T")

Name = Annotated[str, typer.Argument(help="The client's name, which its tokens carry.")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the client is.")],
    region: Annotated[
        list[str] | None, typer.Option(help="INSEE code, for an operator or a partner; may be repeated.")
    ] = None,
    siren: Annotated[str | None, typer.Option(help="SIREN of the CAE or of the funder.")] = None,
    person: Annotated[
        str | None, typer.Option(help="Who uses it, where a fund asks for two different persons.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3_650, help="End it after so many days. Default: never.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a client and show its secret, this once: only a hash of it is kept.

    Example: essor clients add erp-of-the-cae --role cae --siren 999012347
    """
    caller = caller_of_options(role, region or [], siren, person, name)
    now = datetime.now(UTC)
    expires_at = now + timedelta(days=days) if days is not None else None
    shown = _run(lambda session: add_client(session, caller, expires_at=expires_at, at=now))
    _show_secret(Terminal(as_json), shown, expires_at=expires_at)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the clients: their state, what their tokens say, when they were last used and when they end."""
    now = datetime.now(UTC)
    found = [_described(client, now) for client in _run(list_clients)]
    terminal = Terminal(as_json)

    def show() -> None:
        if not found:
            terminal.say("no client yet: essor clients add NAME --role ...")
            return
        terminal.table("", COLUMNS, [_row(client) for client in found])

    terminal.answer({"clients": found}, show)


@app.command()
def rotate(
    name: Name,
    overlap: Annotated[
        float, typer.Option(min=0, help="Hours for which the secret before stays good.")
    ] = OVERLAP_HOURS,
    as_json: AsJson = False,
) -> None:
    """Give a client a new secret, shown this once. The one before stays good for --overlap hours.

    With --overlap 0 it ends now, as it must when it was stolen.
    """
    lasting = timedelta(hours=overlap)

    async def rotated(session: AsyncSession) -> tuple[Shown, datetime]:
        now = datetime.now(UTC)  # once the database is there: the overlap counts from here
        return await rotate_secret(session, name, overlap=lasting, at=now), now + lasting

    shown, previous_ends_at = _run(rotated)
    _show_secret(Terminal(as_json), shown, previous_ends_at=previous_ends_at)


@app.command()
def revoke(name: Name, as_json: AsJson = False) -> None:
    """Give a client no token any more, for ever. Tokens that it has end within ESSOR_TOKEN_MINUTES."""
    now = datetime.now(UTC)
    client = _run(lambda session: revoke_client(session, name, at=now))
    revoked_at = client.revoked_at or now
    terminal = Terminal(as_json)
    terminal.answer(
        {"client": client.name, "revoked_at": revoked_at},
        lambda: terminal.say(f"{client.name} is revoked since {_minute(revoked_at)} UTC"),
    )


def _run(query: Callable[[AsyncSession], Awaitable[T]]) -> T:
    with _settings() as settings:
        return asyncio.run(_in_transaction(settings, query))


@contextmanager
def _settings() -> Iterator[Settings]:
    """Beside a gateway that has its own credentials only, those are enough."""
    settings = Settings()
    if settings.identity_database_url is not None and settings.database_url is None:
        yield settings
        return
    with owner_settings(settings) as owned:
        asyncio.run(prepare(owned))
        yield owned


async def _in_transaction(settings: Settings, query: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async with _session(settings) as session:
        return await query(session)


@asynccontextmanager
async def _session(settings: Settings) -> AsyncIterator[AsyncSession]:
    database = open_database(settings)
    try:
        async with database.of_all_tenants() as session:
            yield session
    finally:
        await database.close()


def _show_secret(terminal: Terminal, shown: Shown, **ends: datetime | None) -> None:
    name = shown.client.name

    def show() -> None:
        terminal.facts({"client_id": name, "client_secret": shown.secret})
        terminal.say("Keep the secret now: it is not shown again.")
        for what, end in ends.items():
            if end is not None:
                terminal.say(f"{what.replace('_', ' ')}: {_minute(end)} UTC")

    terminal.answer({"client_id": name, "client_secret": shown.secret, **ends}, show)


def _described(client: Client, now: datetime) -> dict[str, Any]:
    return {
        "client": client.name,
        "state": client.status(now).value,
        "role": client.caller.role.value,
        "regions": sorted(client.caller.regions),
        "siren": client.caller.siren,
        "person": client.caller.person,
        "created_at": client.created_at,
        "last_used_at": client.last_used_at,
        "expires_at": client.expires_at,
        "revoked_at": client.revoked_at,
        "locked_until": client.locked_until,
        "secrets": [
            {"created_at": secret.created_at, "expires_at": secret.expires_at}
            for secret in client.good_secrets(now)
        ],
    }


def _row(client: dict[str, Any]) -> list[str]:
    return [
        client["client"],
        client["role"],
        client["siren"] or ", ".join(client["regions"]) or "-",
        _minute(client["last_used_at"]),
        "; ".join(_states(client)),
    ]


def _states(client: dict[str, Any]) -> Iterator[str]:
    """Its state and until when, and until when a secret that has been replaced is good."""
    state = client["state"]
    until = {"active": "expires_at", "locked": "locked_until"}.get(state)
    end = client[until] if until is not None else None
    yield state if end is None else f"{state} until {_minute(end)}"
    for secret in client["secrets"]:
        if secret["expires_at"] is not None:
            yield f"old secret until {_minute(secret['expires_at'])}"


def _minute(instant: datetime | None) -> str:
    return "-" if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
