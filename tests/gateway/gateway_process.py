"""A gateway in a process of its own, before subgraphs of this one."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.journeys.conftest import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.gateway.conftest import FederatedGraph


@asynccontextmanager
async def gateway_process(
    graph: FederatedGraph, folder: Path, state: Path, **environment: str
) -> AsyncIterator[str]:
    """Its address, once it answers there."""
    port = free_port()
    essor = str(Path(sys.executable).parent / "essor")
    supergraph = str(folder / "supergraph.graphql")
    command = [essor, "gateway", "--no-auth", "--port", str(port), "--supergraph", supergraph]
    environment = {"ESSOR_STATE": str(state / "state"), **environment}
    async with started(graph, command, port, **environment) as address:
        yield address


@asynccontextmanager
async def started(
    graph: FederatedGraph, command: list[str], port: int, *, at: Path | None = None, **environment: str
) -> AsyncIterator[str]:
    """Before the subgraphs of a test: their addresses are its own."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
        **{f"ESSOR_SUBGRAPH_{name.upper()}_URL": server.url for name, server in graph.subgraphs.items()},
        **environment,
    }
    gateway = await asyncio.create_subprocess_exec(
        *command, cwd=at, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60):
            while not await _listens(port):  # noqa: ASYNC110 - another program is watched
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        gateway.terminate()
        await gateway.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
