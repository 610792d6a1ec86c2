"""The commands as a person or a program calls them: real processes, their output and their exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from services.runtime.tokens.reading import TokenVerifier

ESSOR = str(Path(sys.executable).parent / "essor")


def essor(*arguments: str, state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")}
    return subprocess.run(
        [ESSOR, *arguments],
        env={**inherited, "ESSOR_STATE": str(state), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_a_token_is_printed_alone_and_is_good(tmp_path: Path) -> None:
    done = essor("token", "--role", "operator", "--region", "84", "--region", "75", state=tmp_path)
    assert done.returncode == 0
    source = str(tmp_path / "keys" / "jwks.json")
    caller = await TokenVerifier(source, issuer="urn:essor:local", audience="essor").verify(
        done.stdout.strip()
    )
    assert caller.regions == {"84", "75"}


def test_a_token_for_programs_says_how_long_it_lives(tmp_path: Path) -> None:
    done = essor("token", "--role", "admin", "--ttl", "2", "--json", state=tmp_path)
    assert json.loads(done.stdout)["expires_in"] == 7200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--role", "operator"), "--region"),
        (("--role", "operator", "--region", "99"), "84 Auvergne-Rhône-Alpes"),
        (("--role", "cae"), "--siren"),
        (("--role", "cae", "--siren", "123456789"), "check digit"),
        (("--role", "king"), "king"),
        (("--role", "admin", "--ttl", "0"), "--ttl"),
    ],
)
def test_what_makes_no_token_says_what_to_give(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = essor("token", *arguments, state=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_status_and_down_without_anything_running(tmp_path: Path) -> None:
    status = essor("status", "--json", state=tmp_path)
    assert (status.returncode, json.loads(status.stdout)["running"]) == (1, False)
    down = essor("down", "--json", state=tmp_path)
    assert (down.returncode, json.loads(down.stdout)) == (0, {"stopped": False})


def test_a_service_alone_says_which_database_it_needs(tmp_path: Path) -> None:
    done = essor("serve", "loans", state=tmp_path)
    assert done.returncode == 2
    assert "ESSOR_LOANS_DATABASE_URL" in done.stderr


def test_a_call_to_nobody_says_how_to_start(tmp_path: Path) -> None:
    done = essor("call", "--region", "84", "GET", "loans/funds", state=tmp_path, ESSOR_LOANS_PORT="1")
    assert done.returncode == 2
    assert "essor up" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "down",
        "status",
        "demo",
        "token",
        "gateway",
        "call",
        "serve",
        "openapi",
        "schema",
        "import loans",
        "ledger verify",
        "clients add",
        "clients list",
        "clients rotate",
        "clients revoke",
        "keys list",
        "keys rotate",
        "db upgrade",
        "db check",
    ],
)
def test_every_command_has_help_one_can_learn_from(command: str) -> None:
    done = CliRunner().invoke(app, [*command.split(), "--help"])
    assert done.exit_code == 0
    assert len(done.output) > 200
