"""Hive Gateway, as its packages come from npm, before running services of Essor."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from cli.npm_packages import NpmFolder
from services.runtime.gateway_calls import gateway_key
from services.runtime.processes.children import start_child, stop_child
from services.runtime.settings import REPOSITORY
from tests.journeys.conftest import STOP, free_port

if TYPE_CHECKING:
    from contextlib import ExitStack

    from services.runtime.settings import Settings

HIVE = REPOSITORY / "tests" / "federation" / "hive"
SUPERGRAPH = REPOSITORY / "schema" / "supergraph.graphql"
HEALTH = "/healthcheck"
RUNTIMES = {"hive": (), "hive-router-runtime": ("--hive-router-runtime",)}
"""Its own planner and executor, and those of Hive Router inside it."""


def serve_hive(stack: ExitStack, settings: Settings, runtime: str, *, loans: str, capital: str) -> str:
    """Starts Hive Gateway and gives its address; it stops with the stack, or with this process.

    It answers a while later: `wait_until_alive(address, HEALTH)`.
    """
    packages = NpmFolder(HIVE)
    packages.install()
    port = free_port()
    program = HIVE / "node_modules" / "@graphql-hive" / "gateway" / "dist" / "bin.js"
    log = (Path(settings.state) / f"{runtime}-{port}.log").open("wb")
    stack.callback(log.close)
    child = start_child(
        [
            str(packages.node),
            str(program),
            "supergraph",
            str(SUPERGRAPH),
            *RUNTIMES[runtime],
            "--host=127.0.0.1",
            f"--port={port}",
        ],
        death_signal=signal.SIGKILL,
        environment={
            **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
            "ESSOR_SUBGRAPH_KEY": gateway_key(settings),
            "ESSOR_SUBGRAPH_LOANS_URL": f"{loans}/graphql",
            "ESSOR_SUBGRAPH_CAPITAL_URL": f"{capital}/graphql",
        },
        directory=HIVE,
        stdout=log,
        stderr=log,
    )
    stack.callback(stop_child, child, signals=STOP)
    return f"http://127.0.0.1:{port}"
