"""`python -m gateway SUPERGRAPH`: the gateway alone, on any supergraph."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway.starting import CannotStartError, read_settings, start_app
from gateway.web_server import collect_garbage_seldom, log_as_json, serve


def main() -> None:
    given = _arguments()
    try:
        settings = read_settings(supergraph=given.supergraph, host=given.host, gateway_port=given.port)
        app = start_app(settings)
    except CannotStartError as error:
        sys.exit(str(error))
    log_as_json()
    collect_garbage_seldom()
    sys.stderr.write(f"gateway at http://{settings.host}:{settings.gateway_port}/graphql; Ctrl-C stops it\n")
    serve(app, host=settings.host, port=settings.gateway_port)


def _arguments() -> argparse.Namespace:
    reading = argparse.ArgumentParser(
        prog="python -m gateway",
        description="Executes a composed federation v2 supergraph. No token is checked here: Authorization "
        "goes on to the subgraphs. All else that can be set is a variable, ESSOR_GATEWAY_...: see README.md.",
    )
    reading.add_argument("supergraph", type=Path, help="the file that a composer wrote")
    reading.add_argument("--host", help="address to bind (ESSOR_HOST, 127.0.0.1)")
    reading.add_argument("--port", type=int, help="port (ESSOR_GATEWAY_PORT, 8000)")
    return reading.parse_args()


if __name__ == "__main__":
    main()
