"""`essor serve`: one server in this process, for whoever runs each by itself."""

from enum import StrEnum
from typing import Annotated

import typer

from cli.terminal import AsJson, CommandError, Terminal
from cli.web_server import run_server, tell_start
from services.runtime.settings import Settings


class Server(StrEnum):
    LOANS = "loans"
    CAPITAL = "capital"
    GATEWAY = "gateway"


def serve(
    server: Annotated[Server, typer.Argument(help="Which server.")],
    host: Annotated[str | None, typer.Option(help="Address to bind. Default: ESSOR_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port. Default: the server's own setting.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes share the port.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Run one server in the foreground, against ESSOR_DATABASE_URL or its own ESSOR_..._DATABASE_URL.

    The database must be migrated before: `essor db upgrade`.
    """
    settings = Settings()
    if server is Server.GATEWAY:
        from cli.gateway import run_gateway  # noqa: PLC0415 - the services do without its libraries

        run_gateway(settings, Terminal(as_json), host=host, port=port)
        return
    given = {"loans": settings.loans_database_url, "capital": settings.capital_database_url}[server]
    if given is None and settings.database_url is None:
        raise CommandError(
            f"essor serve {server} needs ESSOR_{server.upper()}_DATABASE_URL or ESSOR_DATABASE_URL",
            advice="`essor up` starts a database of its own",
        )
    host = host or settings.host
    port = port or {"loans": settings.loans_port, "capital": settings.capital_port}[server]
    tell_start(Terminal(as_json), server, host, port)
    app = f"services.{server}.app:app_from_environment"
    run_server(app, settings, host=host, port=port, factory=True, workers=workers)
