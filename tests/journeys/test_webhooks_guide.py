"""The guide of webhooks: its receiver takes real messages, and its calls do what it tells."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.runtime.processes.children import start_child, stop_child
from services.runtime.settings import REPOSITORY, Settings
from tests.conftest import make_database
from tests.journeys.conftest import Essor, free_port, serve, wait_until_ready
from tests.journeys.test_webhooks import QUICK, apply, new_fund, start_worker
from tests.services.runtime.webhooks.receivers import until

GUIDE = (REPOSITORY / "docs" / "fr" / "webhooks.md").read_text(encoding="utf-8")
CAE = "978592848"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, flags=re.DOTALL | re.MULTILINE)


def run(essor: Essor, port: int, *scripts: str) -> str:
    loans = essor.loans[0].removeprefix("http://")
    script = "\necho\n".join(scripts).replace("127.0.0.1:8001", loans)
    script = script.replace("https://logiciel.cae.example/essor", f"http://127.0.0.1:{port}/essor")
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=REPOSITORY,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
            "ESSOR_STATE": str(essor.settings.state),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "urn:essor:problem" not in done.stdout, done.stdout
    return done.stdout


def answers(printed: str) -> list[Any]:
    """curl ends no line: several answers may stand on one."""
    found, rest = [], printed.strip()
    while rest:
        answer, end = json.JSONDecoder().raw_decode(rest)
        found.append(answer)
        rest = rest[end:].strip()
    return found


def start_receiver(stack: ExitStack, port: int, secret: str, folder: Path) -> Path:
    """The guide's own, as a newcomer would start it; gives where it prints."""
    (code,) = blocks("python")
    program, printed = folder / "reception.py", folder / "reception.txt"
    program.write_text(code.replace("9000", str(port)), encoding="utf-8")
    with printed.open("wb") as output:
        child = start_child(
            [sys.executable, str(program)],
            death_signal=signal.SIGKILL,
            environment={**os.environ, "SECRET": secret},
            directory=folder,
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
    stack.callback(stop_child, child, signals=((signal.SIGTERM, 5.0),))
    return printed


@pytest.fixture
async def guide_settings(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """A database of its own: a replay queues whatever else was told of the CAE."""
    state = tmp_path_factory.mktemp("guide")
    url = await make_database(server_url, f"essor_guide_{worker_id}", state)
    return Settings(state=state, database_url=url, entrepreneur_key="a key for the guide")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide's examples call curl")
async def test_the_guide_tells_what_happens(guide_settings: Settings, tmp_path: Path) -> None:
    port, scripts = free_port(), blocks("bash")
    with ExitStack() as stack:
        essor = Essor(guide_settings, loans=[serve(stack, guide_settings, "loans", **QUICK)])
        wait_until_ready(essor.loans[0])
        (webhook,) = answers(run(essor, port, scripts[0]))
        printed = start_receiver(stack, port, str(webhook["secret"]), tmp_path)
        start_worker(stack, guide_settings, "worker-guide")
        async with essor.as_("operator", regions=["84"]) as operator:
            application = await apply(operator, await new_fund(operator), CAE, f"G{port}")
        link = f"/v1/applications/{application}"
        await until(lambda: link in printed.read_text())

        async with httpx.AsyncClient() as forger:
            forged = await forger.post(f"http://127.0.0.1:{port}/essor", content=b"{}")
        assert forged.status_code == 400

        told = answers(run(essor, port, *scripts))
    assert printed.read_text().splitlines() == [f"application.submitted http://127.0.0.1:8001{link}"]
    again, log, failed, found, paused, resumed, replayed, rotated, revoked = told
    assert again == webhook, "the same key gives the same answer"
    assert [one["type"] for one in log["items"]] == ["application.submitted"]
    assert failed["items"] == []
    assert found["status"] == "active"
    assert (paused["status"], resumed["status"]) == ("paused", "active")
    assert replayed["queued"] == 1
    assert rotated["secret"] != webhook["secret"]
    assert revoked["status"] == "revoked"
