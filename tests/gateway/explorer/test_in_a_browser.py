"""The page as a person meets it, in a real browser."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.explorer.browser import CHROMIUM, chromium
from tests.gateway.gateway_process import gateway_process
from tests.gateway.shop import make_shop
from tests.gateway.ticker import tickers

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
    more = {"ESSOR_GATEWAY_EXAMPLES": str(tmp_path / "examples")}
    async with (
        federated(SUPERGRAPHS / "shop", make_shop()) as graph,
        gateway_process(graph, SUPERGRAPHS / "shop", tmp_path, **more) as address,
    ):
        yield address


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_a_person_follows_a_saved_subscription_and_stops_it(tmp_path: Path) -> None:
    (tmp_path / "1.graphql").write_text(
        "# Les prix\nsubscription Prices { onPriceChange { id product { name } } }\n"
    )
    async with (
        tickers(gateway_examples=tmp_path) as running,
        chromium(tmp_path / "profile") as page,
    ):
        await page.send("Page.navigate", url=f"{running.subscriber.address}/graphql")
        await page.until(f"{RUN} !== null")
        await page.until("document.querySelector('#examples').length === 2")
        await page.value(f"{RUN}.click()")
        telling = await running.ticker.opened()
        for number in (1, 2):
            price = {"id": f"C{number}", "cents": 100, "note": None, "product": {"id": "P1"}}
            await telling.tell(price, event_id=f"C{number}")
            shown = await page.until(f"({RESULT} || '').includes('\"C{number}\"') && {RESULT}")
            assert '"name": "Tour"' in shown
        await page.value(f"{RUN}.click()")
        await telling.until_gone()
        assert page.complaints == []


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
