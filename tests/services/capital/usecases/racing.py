"""Grants from several operating-system processes at the same moment."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.runtime.settings import REPOSITORY, Settings

LONGEST_RACE_SECONDS = 240  # thousands of calls, on a machine that does other things besides
SCRIPT = Path(__file__).with_name("granting_process.py")


class Racers:
    """Processes kept from one race to the next: starting one takes longer than the race."""

    def __init__(self, settings: Settings) -> None:
        self._environment = os.environ | {
            "ESSOR_STATE": str(settings.state),
            "ESSOR_DATABASE_URL": str(settings.database_url),
            "PYTHONPATH": str(REPOSITORY),
        }
        self._processes: list[subprocess.Popen[str]] = []

    async def race(self, *calls: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
        """One process for each list of calls; all start together. The outcomes of all, in no order."""
        while len(self._processes) < len(calls):
            self._processes.append(self._start())
        racing = self._processes[: len(calls)]
        for process, listed in zip(racing, calls, strict=True):
            _say(process, json.dumps(list(listed)))
        assert [await _hear(process) for process in racing] == ["ready"] * len(racing)
        for process in racing:
            _say(process, "go")
        return [outcome for process in racing for outcome in json.loads(await _hear(process))]

    def stop(self) -> None:
        for process in self._processes:
            process.communicate(timeout=30)

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


async def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), LONGEST_RACE_SECONDS)).strip()
