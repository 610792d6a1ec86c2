"""Generated requests against the real servers, held to the OpenAPI files by every check of schemathesis.

Bounded and with a fixed seed in `make test-long`; `make fuzz` looks further, elsewhere each time. The
description has no links of its own: the stateful phase follows those that schemathesis infers from names.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.runtime.settings import REPOSITORY, Settings
from tests.api import token
from tests.conftest import make_database
from tests.fuzz.hooks import OWN_SIREN
from tests.journeys.conftest import serve, wait_until_ready

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_800)]

CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
SHOWN_CHARACTERS = 20_000
# How much of it: `make fuzz` sets these. Without a seed each run takes another.
EXAMPLES = os.environ.get("ESSOR_FUZZ_EXAMPLES", "")
CALLERS = {
    "operator": {"regions": ["84", "75"]},
    "cae": {"siren": OWN_SIREN},
    "admin": {},
}
# The phase that tries every bound of every field is the longest, and depends least on who calls.
PHASES = {
    "operator": "examples,coverage,fuzzing,stateful",
    "cae": "examples,fuzzing,stateful",
    "admin": "fuzzing",
}


@pytest.fixture(scope="module")
async def fuzzed(server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    state = tmp_path_factory.mktemp("fuzz")
    url = await make_database(server_url, f"essor_fuzz_{worker_id}", state)
    return Settings(state=state, database_url=url, entrepreneur_key="a key for fuzzing")


@pytest.fixture(scope="module", params=["loans", "capital"])
def service(request: pytest.FixtureRequest, fuzzed: Settings) -> Iterator[str]:
    with ExitStack() as stack:
        address = serve(stack, fuzzed, str(request.param), ESSOR_RATE_PER_SECOND="100000")
        wait_until_ready(address)
        yield address


@pytest.mark.parametrize("role", CALLERS)
def test_nothing_contradicts_the_description(service: str, fuzzed: Settings, role: str) -> None:
    bearer = token(fuzzed, role, **CALLERS[role])
    how = ["--phases", PHASES[role], "--max-examples", "4", "--seed", "1"]
    if EXAMPLES:
        how = ["--max-examples", EXAMPLES]
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "--no-color"),
            *("run", f"{service}/openapi.json", "--checks", "all", "--no-shrink", *how),
            *("--header", f"Authorization: Bearer {bearer}"),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "default"},
    )
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-SHOWN_CHARACTERS:]
