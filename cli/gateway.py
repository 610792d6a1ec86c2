"""`essor gateway`: the gateway alone, on Essor's own supergraph or on any other."""

from pathlib import Path
from typing import Annotated

import typer
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response

from cli.terminal import AsJson, CommandError, Terminal
from cli.web_server import address_of, run_server, tell_start
from gateway import explorer
from gateway.app import METRICS_PATH
from gateway.settings import GatewaySettings
from gateway.starting import CannotStartError, read_settings, start_app
from gateway.web_server import collect_garbage_seldom
from services.identity import app as identity
from services.runtime.edge import Authentication
from services.runtime.gateway_calls import gateway_key
from services.runtime.logs import configure
from services.runtime.rates import RateLimits
from services.runtime.settings import Settings
from services.runtime.tokens.reading import local_issuer, verifier

LOOPBACK = "127.0.0.1"


def gateway(
    supergraph: Annotated[
        Path | None, typer.Option(help="The composed supergraph. Default: Essor's own.", exists=True)
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port. Default: ESSOR_GATEWAY_PORT.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to bind. Default: ESSOR_HOST.")] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Ask for no token; binds the loopback address only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the gateway alone, on any supergraph.

    Subgraphs are called where the file's @join__graph says, unless ESSOR_SUBGRAPH_<NAME>_URL says otherwise.
    """
    run_gateway(
        Settings(),
        Terminal(as_json),
        host=host,
        port=port,
        supergraph=supergraph,
        asks_for_tokens=not no_auth,
    )


def run_gateway(
    settings: Settings,
    terminal: Terminal,
    *,
    host: str | None = None,
    port: int | None = None,
    supergraph: Path | None = None,
    asks_for_tokens: bool = True,
) -> None:
    configure(settings.log_level)
    try:
        chosen = read_settings(gateway_port=port, supergraph=supergraph)
    except CannotStartError as error:
        raise CommandError(str(error)) from error
    if not asks_for_tokens:
        # Without tokens anyone who can connect may ask: then only this machine can connect.
        host = LOOPBACK
    if (
        chosen.subgraph_key is None
        and chosen.supergraph == GatewaySettings.model_fields["supergraph"].default
    ):
        # On another supergraph the subgraphs are somebody else's: our secret goes there only if it is set.
        chosen = chosen.model_copy(update={"subgraph_key": gateway_key(settings)})
    host = host or chosen.host
    try:
        app = start_app(chosen, guard=_guard(settings, chosen) if asks_for_tokens else None)
    except CannotStartError as error:
        raise CommandError(str(error)) from error
    if asks_for_tokens:
        _give_tokens(app, settings, address=address_of(host, chosen.gateway_port))
    collect_garbage_seldom()
    tell_start(terminal, "gateway", host, chosen.gateway_port)
    run_server(app, settings, host=host, port=chosen.gateway_port)


def _guard(settings: Settings, chosen: GatewaySettings) -> Middleware:
    open_paths = identity.OPEN_PATHS if identity.has_clients(settings) else ()
    if chosen.gateway_explorer:
        open_paths = (*open_paths, *explorer.OPEN_PATHS)
    if chosen.gateway_metrics_key is not None:
        open_paths = (*open_paths, METRICS_PATH)  # it has a key of its own
    return Middleware(
        Authentication,
        verifier=verifier(settings),
        limits=RateLimits.of(settings),
        open_paths=open_paths,
    )


def _give_tokens(app: FastAPI, settings: Settings, *, address: str) -> None:
    """The issuer's public keys are open to all."""
    if settings.jwks is not None:
        return
    issuer = local_issuer(settings)

    @app.get("/.well-known/jwks.json")
    async def jwks() -> Response:
        # Whatever keeps it between does so for less time than a new key waits before it signs.
        return JSONResponse(issuer.jwks(), headers={"Cache-Control": "public, max-age=30"})

    if identity.has_clients(settings):
        identity.serve_clients(app, settings, issuer, address=address)
