"""`essor serve` and `essor gateway`: one server in this process, for whoever runs each by itself."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware

from cli.terminal import CommandError
from gateway.app import make_app
from gateway.settings import GatewaySettings
from gateway.supergraph import UnsupportedSupergraphError
from services.runtime.edge import Authentication
from services.runtime.settings import Settings
from services.runtime.tokens import local_issuer, verifier

LOOPBACK = "127.0.0.1"
UVICORN: dict[str, Any] = {
    "loop": "uvloop",
    "http": "httptools",
    "access_log": False,
    "log_level": "warning",
    "timeout_graceful_shutdown": 20,
    "server_header": False,
}


class Server(StrEnum):
    LOANS = "loans"
    CAPITAL = "capital"
    GATEWAY = "gateway"


def serve(
    server: Annotated[Server, typer.Argument(help="Which server.")],
    host: Annotated[str | None, typer.Option(help="Address to bind. Default: ESSOR_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port. Default: the server's own setting.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes share the port.")] = 1,
) -> None:
    """Run one server in the foreground, against ESSOR_DATABASE_URL or its own ESSOR_..._DATABASE_URL.

    The database must be migrated before: `essor db upgrade`.
    """
    settings = Settings()
    if server is Server.GATEWAY:
        run_gateway(settings, host=host, port=port)
        return
    given = {"loans": settings.loans_database_url, "capital": settings.capital_database_url}[server]
    if given is None and settings.database_url is None:
        raise CommandError(
            f"essor serve {server} needs ESSOR_{server.upper()}_DATABASE_URL or ESSOR_DATABASE_URL",
            advice="`essor up` starts a database of its own",
        )
    default = {"loans": settings.loans_port, "capital": settings.capital_port}[server]
    uvicorn.run(
        f"services.{server}.app:app_from_environment",
        factory=True,
        host=host or settings.host,
        port=port or default,
        workers=workers,
        **UVICORN,
    )


def gateway(
    supergraph: Annotated[
        Path | None, typer.Option(help="The composed supergraph. Default: Essor's own.", exists=True)
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port. Default: ESSOR_GATEWAY_PORT.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to bind. Default: ESSOR_HOST.")] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Ask for no token; binds the loopback address only.")
    ] = False,
) -> None:
    """Run the gateway alone, on any supergraph.

    Subgraphs are called where the file's @join__graph says, unless ESSOR_SUBGRAPH_<NAME>_URL says otherwise.
    """
    run_gateway(Settings(), host=host, port=port, supergraph=supergraph, asks_for_tokens=not no_auth)


def run_gateway(
    settings: Settings,
    *,
    host: str | None = None,
    port: int | None = None,
    supergraph: Path | None = None,
    asks_for_tokens: bool = True,
) -> None:
    set_here = {"gateway_port": port, "supergraph": supergraph}
    chosen = GatewaySettings().model_copy(
        update={name: value for name, value in set_here.items() if value is not None}
    )
    if not asks_for_tokens:
        # Without tokens anyone who can connect may ask: then only this machine can connect.
        host = LOOPBACK
    try:
        app = make_app(chosen)
    except (OSError, UnsupportedSupergraphError) as error:
        raise CommandError(f"{chosen.supergraph}: {error}") from error
    if asks_for_tokens:
        _ask_for_tokens(app, settings)
    uvicorn.run(app, host=host or chosen.host, port=chosen.gateway_port, **UVICORN)


def _ask_for_tokens(app: FastAPI, settings: Settings) -> None:
    """Innermost, so that a refusal has a request id and a log line. The issuer's public keys stay open."""
    app.user_middleware.append(Middleware(Authentication, verifier=verifier(settings)))
    if settings.jwks is None:
        keys = local_issuer(settings).jwks()

        @app.get("/.well-known/jwks.json")
        async def jwks() -> dict[str, Any]:
            return keys
