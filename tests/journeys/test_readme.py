"""The README's story, run as it is written, on an Essor that `essor up` starts."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from services.runtime.processes.children import start_child, stop_child
from services.runtime.settings import REPOSITORY
from tests.journeys.conftest import free_port

STORY_SECONDS = 240


def story() -> str:
    """The shell block under "A story to try"."""
    text = (REPOSITORY / "README.md").read_text()
    (block,) = re.findall(r"## A story to try.*?```sh\n(.*?)```", text, flags=re.DOTALL)
    return str(block)


@pytest.mark.timeout(STORY_SECONDS + 120)
@pytest.mark.long
def test_the_story_runs_as_pasted_twice(tmp_path: Path) -> None:
    ports = {"LOANS": free_port(), "CAPITAL": free_port(), "GATEWAY": free_port()}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
        **{f"ESSOR_{server}_PORT": str(port) for server, port in ports.items()},
        "ESSOR_STATE": str(tmp_path / "state"),
        "ESSOR_DEMO": "none",
    }
    log = (tmp_path / "up.log").open("wb")
    up = start_child(
        [str(Path(sys.executable).parent / "essor"), "up"],
        death_signal=signal.SIGTERM,
        environment=environment,
        directory=REPOSITORY,
        stdout=log,
        stderr=log,
    )
    try:
        wait_until_up(ports["GATEWAY"], tmp_path / "up.log")
        first, again = (run_story(environment) for _ in range(2))
    finally:
        code = stop_child(up, signals=((signal.SIGINT, 60.0),))
        log.close()
    assert code == 0, (tmp_path / "up.log").read_text()
    assert '"amount_cents":22223' in first  # the first instalment of 8 000.00 over 36
    assert '"repaidCents": 800000' in first
    assert '"awardCents": 150000' in first
    assert "97,52 %" in first
    assert "loans: clean" in again
    assert "capital: clean" in again
    assert "prêts repris           0 (240 déjà connus)" in again
    assert first.split("A region's spreadsheet")[0].count("urn:essor:problem") == 0


def run_story(environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", story()],
        cwd=REPOSITORY,
        env={**environment, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=STORY_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wait_until_up(port: int, log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError(log.read_text())
