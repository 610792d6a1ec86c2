"""What a command runs with, where it differs from what a service runs with."""

from pathlib import Path

import pytest

from tests.cli.test_commands import essor
from tests.conftest import make_database


@pytest.mark.parametrize("command", [("ledger", "verify"), ("figures", "rebuild")])
async def test_what_bounds_a_requests_statement_cuts_no_command(
    command: tuple[str, str], server_url: str, worker_id: str, tmp_path: Path
) -> None:
    """A proof of ten million postings takes longer than any request may."""
    url = await make_database(server_url, f"essor_unhurried_{worker_id}", tmp_path)

    done = essor(*command, state=tmp_path, ESSOR_DATABASE_URL=url, ESSOR_STATEMENT_SECONDS="0.001")

    assert done.returncode == 0, done.stdout + done.stderr
