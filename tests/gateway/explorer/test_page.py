"""The page for browsers: from this machine alone, open to all, and beside what programs ask."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from gateway.explorer.fetch import FILES, LIST
from gateway.explorer.page import PREFIX, SERVED
from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.shop import make_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.gateway.conftest import FederatedGraph

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    (folder / "2-me.graphql").write_text("# Qui je suis\n{ me { name } }\n")
    (folder / "1-items.graphql").write_text(
        '# Des articles, à foison\n# {"n": 2}\nquery($n: Int!) { items(first: $n) { title } }\n'
    )
    (folder / "3-gone.graphql").write_text("# D'un autre schéma\n{ nothing }\n")
    (folder / "4-broken.graphql").write_text("# Illisible\n{ me {\n")
    return folder


@pytest.fixture(scope="module")
async def page_shop(examples: Path) -> AsyncIterator[FederatedGraph]:
    async with federated(SUPERGRAPHS / "shop", make_shop(), gateway_examples=examples) as graph:
        yield graph


async def test_a_browser_gets_a_page_that_asks_for_nothing_from_elsewhere(page_shop: FederatedGraph) -> None:
    response = await page_shop.client.get("/graphql", headers=BROWSER)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="fr">' in response.text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', response.text)
    assert all(address.startswith(PREFIX) for address in addresses)
    assert {address.removeprefix(PREFIX) for address in addresses} == set(SERVED)
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["connect-src"]) == ("'self'", "'self'")
    assert "http" not in response.headers["content-security-policy"]


async def test_every_file_of_the_page_is_served_packed_or_not(page_shop: FederatedGraph) -> None:
    for name in SERVED:
        plain = await page_shop.client.get(PREFIX + name, headers={"accept-encoding": "identity"})
        packed = await page_shop.client.get(PREFIX + name, headers={"accept-encoding": "gzip"})
        assert (plain.status_code, packed.headers["content-encoding"]) == (200, "gzip"), name
        assert packed.content == plain.content
        assert plain.headers["x-content-type-options"] == "nosniff"
        assert plain.headers["content-type"].startswith(
            "text/css" if name.endswith(".css") else "text/javascript"
        )


@pytest.mark.parametrize(
    "name", ["", "page.html", "../page.py", "%2e%2e/page.py", ".fetched", "react.LICENSE"]
)
async def test_no_other_file_is_served(page_shop: FederatedGraph, name: str) -> None:
    response = await page_shop.client.get(PREFIX + name)
    assert response.status_code == 404


async def test_programs_are_answered_as_before(page_shop: FederatedGraph) -> None:
    asked = await page_shop.client.get(
        "/graphql", params={"query": "{ me { name } }"}, headers={**BROWSER, "authorization": "a"}
    )
    assert asked.json() == {"data": {"me": {"name": "Ada"}}}
    assert (await page_shop.client.get("/graphql")).json()["code"] == "preflight-required"
    assert (await page_shop.client.post("/graphql", json={"query": "{me{id}}"}, headers=BROWSER)).json()[
        "data"
    ]


async def test_only_examples_that_the_schema_can_answer_are_offered(page_shop: FederatedGraph) -> None:
    offered: list[dict[str, Any]] = (await page_shop.client.get(f"{PREFIX}examples.json")).json()
    assert [each["title"] for each in offered] == ["Des articles, à foison", "Qui je suis"]
    assert json.loads(offered[0]["variables"]) == {"n": 2}
    for each in offered:
        variables = json.loads(each["variables"] or "{}")
        assert "errors" not in await page_shop.ask(each["query"], variables)


async def test_it_can_be_left_out(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_explorer=False) as shop:
        assert (await shop.client.get("/graphql", headers=BROWSER)).json()["code"] == "preflight-required"
        assert (await shop.client.get(f"{PREFIX}page.js")).status_code == 404


def test_what_was_fetched_is_what_is_listed_with_its_licences() -> None:
    names = {name for package in json.loads(LIST.read_text()).values() for name in package["files"].values()}
    assert {file.name for file in FILES.iterdir()} == {*names, ".fetched"}
    assert sum(name.endswith(".LICENSE") for name in names) == 3
    assert len(gzip.compress((FILES / "graphiql.js").read_bytes())) < 1_500_000
