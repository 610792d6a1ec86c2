"""The page as a person meets it, in a real browser."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.explorer.browser import CHROMIUM, chromium
from tests.gateway.shop import make_shop
from tests.journeys.conftest import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RUN = "document.querySelector('.graphiql-execute-button')"
RESULT = "document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()"


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """A gateway in a process of its own, before real subgraphs, with an example."""
    (tmp_path / "examples").mkdir()
    for name, text in (
        ("1", "# Qui je suis\nquery Me { me { name } }\n"),
        ("2", "# Des articles\n{ items { title } }\n"),
    ):
        (tmp_path / "examples" / f"{name}.graphql").write_text(text)
    async with federated(SUPERGRAPHS / "shop", make_shop()) as graph:
        port = free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
            **{f"ESSOR_SUBGRAPH_{name.upper()}_URL": server.url for name, server in graph.subgraphs.items()},
            "ESSOR_GATEWAY_EXAMPLES": str(tmp_path / "examples"),
            "ESSOR_STATE": str(tmp_path / "state"),
        }
        file = SUPERGRAPHS / "shop" / "supergraph.graphql"
        arguments = ["gateway", "--no-auth", "--port", str(port), "--supergraph", str(file)]
        essor = str(Path(sys.executable).parent / "essor")
        gateway = await asyncio.create_subprocess_exec(
            essor, *arguments, env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(60):
                while True:
                    try:
                        _, writer = await asyncio.open_connection("127.0.0.1", port)
                    except OSError:
                        await asyncio.sleep(0.1)
                        continue
                    writer.close()
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            gateway.terminate()
            await gateway.wait()


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_a_person_runs_a_saved_query_and_nothing_leaves_the_machine(
    address: str, tmp_path: Path
) -> None:
    async with chromium(tmp_path / "profile") as page:
        await page.send("Page.navigate", url=f"{address}/graphql")
        await page.until(f"{RUN} !== null")
        await page.until("document.querySelector('#examples').length === 3")
        await page.value(f"{RUN}.click()")
        assert '"name": "Ada"' in await page.until(f"({RESULT} || '').includes('data') && {RESULT}")
        choose = "const s = document.querySelector('#examples'); s.value = '1'; "
        await page.value(choose + "s.dispatchEvent(new Event('change'))")
        editor = "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue()"
        await page.until(f"{editor}.includes('items')")
        await page.value(f"{RUN}.click()")
        assert "Algebra" in await page.until(f"({RESULT} || '').includes('items') && {RESULT}")
        if shot := os.environ.get("ESSOR_TEST_SCREENSHOT"):
            picture = await page.send("Page.captureScreenshot")
            Path(shot).write_bytes(base64.b64decode(picture["data"]))  # noqa: ASYNC240
        assert page.complaints == []
        assert all(url.startswith((address, "data:")) for url in page.requests)
        assert f"{address}/graphql/explorer/graphiql.js" in page.requests
