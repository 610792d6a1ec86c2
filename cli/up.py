"""`essor up`, `down` and `status`: the whole of Essor on one machine."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer

from cli.environment import prepare
from cli.terminal import SOME_FAILED, AsJson, Terminal
from cli.web_server import address_of
from services.runtime.database.revisions import SCHEMAS, SERVICES
from services.runtime.database.roles import service_url
from services.runtime.embedded_postgres import EmbeddedPostgres, make_state_directory
from services.runtime.processes.children import start_child, stop_child
from services.runtime.processes.record import find_running, record_running, stop_running
from services.runtime.processes.stop_signals import StopRequested, stop_on_signals
from services.runtime.processes.supervisor import Command, Supervisor
from services.runtime.settings import REPOSITORY, Demonstration, Settings

READY_SECONDS = 90
SERVERS = ("loans", "capital", "gateway")
CREDENTIALS = ("ESSOR_DATABASE_URL", *(f"ESSOR_{schema.upper()}_DATABASE_URL" for schema in SCHEMAS))


def up(
    demo: Annotated[
        Demonstration | None, typer.Option(help="Invented data on first start. Default: ESSOR_DEMO.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start PostgreSQL, both services and the gateway; Ctrl-C stops them all, and the data stays.

    With ESSOR_DATABASE_URL that PostgreSQL is used, otherwise one of Essor's own under ESSOR_STATE. The first
    start fills it with invented data, unless ESSOR_DEMO says small or none.
    """
    terminal, settings = Terminal(as_json), Settings()
    size = demo or settings.demo
    make_state_directory(settings.state_directory)
    addresses = _addresses(settings)
    with ExitStack() as stack:
        stack.enter_context(_ends_on_signals(terminal))
        stack.enter_context(record_running(settings.state_directory, addresses))
        supervisor = Supervisor(settings.state_directory / "logs")
        settings = _with_database(stack, supervisor, settings, terminal)
        stack.enter_context(supervisor)
        terminal.say("  starting loans, capital and the gateway")
        # Before the migrations: a server takes seconds to load, and is ready only once the schema is.
        for server in SERVERS:
            supervisor.start(_server(server, settings, addresses))
        asyncio.run(prepare(settings, tell=lambda service: terminal.say(f"  migrating {service}")))
        supervisor.wait_until_ready(READY_SECONDS)
        supervisor.start(_worker(settings))
        terminal.answer({"servers": addresses}, lambda: _show_where_to_look(terminal, addresses))
        if size is not Demonstration.NONE:
            _load_demonstration(supervisor, settings, size, terminal)
        supervisor.wait()


def down(as_json: AsJson = False) -> None:
    """Stop the Essor that runs with this state directory, in good order."""
    stopped = stop_running(Settings().state_directory)
    terminal = Terminal(as_json)
    terminal.answer(
        {"stopped": stopped}, lambda: terminal.say("stopped" if stopped else "nothing was running")
    )


def status(as_json: AsJson = False) -> None:
    """Tell what runs and whether it is ready; exit code 1 when something is not."""
    terminal = Terminal(as_json)
    running = find_running(Settings().state_directory)
    found = {name: _readiness(url) for name, url in running.addresses.items()} if running else {}
    is_well = bool(found) and all(state == "ready" for state in found.values())

    def show() -> None:
        if running is None:
            terminal.say("Essor is not running: start it with `essor up`")
            return
        rows = [(name, running.addresses[name], state) for name, state in found.items()]
        terminal.table("", ["", "address", "state"], rows)

    terminal.answer({"running": running is not None, "servers": found}, show)
    if not is_well:
        raise typer.Exit(SOME_FAILED)


def _addresses(settings: Settings) -> dict[str, str]:
    ports = {
        "loans": settings.loans_port,
        "capital": settings.capital_port,
        "gateway": settings.gateway_port,
    }
    return {server: address_of(settings.host, ports[server]) for server in SERVERS}


@contextmanager
def _ends_on_signals(terminal: Terminal) -> Iterator[None]:
    with stop_on_signals():
        try:
            yield
        except StopRequested:
            terminal.say("Essor has stopped; its data is kept.")


def _with_database(
    stack: ExitStack, supervisor: Supervisor, settings: Settings, terminal: Terminal
) -> Settings:
    if settings.database_url is not None:
        terminal.say("  using the PostgreSQL of ESSOR_DATABASE_URL")
        return settings
    terminal.say(f"  starting PostgreSQL in {settings.state_directory}")
    server = stack.enter_context(EmbeddedPostgres(settings.state_directory))
    supervisor.watch("postgresql", server.child)
    return settings.model_copy(update={"database_url": server.url})


def _server(server: str, settings: Settings, addresses: dict[str, str]) -> Command:
    """A process gets the credentials of its own service, and no other's."""
    environment = _environment(settings)
    if server == "gateway":
        for service in SERVICES:
            environment.setdefault(f"ESSOR_SUBGRAPH_{service.upper()}_URL", f"{addresses[service]}/graphql")
    schema = "identity" if server == "gateway" else server
    environment[f"ESSOR_{schema.upper()}_DATABASE_URL"] = service_url(schema, settings)
    return Command(
        name=server,
        arguments=[*_essor(), "serve", server],
        environment=environment,
        ready_url=f"{addresses[server]}/ready",
    )


def _worker(settings: Settings) -> Command:
    # Where it purges, it forgets whom clients acted for too.
    schemas = SCHEMAS if settings.purge_daily else SERVICES
    urls = {f"ESSOR_{schema.upper()}_DATABASE_URL": service_url(schema, settings) for schema in schemas}
    return Command("worker", [*_essor(), "worker"], {**_environment(settings), **urls})


def _environment(settings: Settings) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in CREDENTIALS}
    return {**inherited, "ESSOR_STATE": str(settings.state_directory)}


def _essor() -> list[str]:
    return [sys.executable, "-m", "cli.main"]


def _show_where_to_look(terminal: Terminal, addresses: dict[str, str]) -> None:
    terminal.say("\n[bold]Essor is up.[/]")
    terminal.facts(
        {
            "partners (GraphQL)": f"{addresses['gateway']}/graphql",
            "loans (REST)": f"{addresses['loans']}/v1 (see {addresses['loans']}/openapi.json)",
            "capital (REST)": f"{addresses['capital']}/v1 (see {addresses['capital']}/openapi.json)",
        }
    )
    essor = Path(sys.executable).parent / "essor"
    shown = essor.relative_to(Path.cwd()) if essor.is_relative_to(Path.cwd()) else essor
    terminal.say("Try, in another terminal:")
    terminal.say(
        f"  {shown} call --role partner --region 84 QUERY "
        "'{ region(code: \"84\") { name loanFunds { name position { availableCents } } } }'",
    )
    terminal.say(f"  {shown} token --role operator --region 84")
    terminal.say("Ctrl-C stops everything.\n")


def _load_demonstration(
    supervisor: Supervisor, settings: Settings, size: Demonstration, terminal: Terminal
) -> None:
    """In a process of its own, beside the servers: they answer meanwhile."""
    environment = {**os.environ, "ESSOR_STATE": str(settings.state_directory)}
    child = start_child(
        [*_essor(), "demo", "--size", size.value, *(["--json"] if terminal.as_json else [])],
        death_signal=signal.SIGKILL,
        environment=environment,
        directory=REPOSITORY,
    )
    try:
        while child.poll() is None:
            supervisor.check()
            time.sleep(0.1)
    finally:
        stop_child(child, signals=((signal.SIGTERM, 5.0),))
    if child.returncode != 0:
        terminal.say(
            f"the demonstration data was not loaded (code {child.returncode}): run `essor demo` again"
        )


def _readiness(address: str) -> str:
    try:
        response = httpx.get(f"{address}/ready", timeout=5, trust_env=False)
    except httpx.TransportError:
        return "no answer"
    return "ready" if response.is_success else "not ready"
