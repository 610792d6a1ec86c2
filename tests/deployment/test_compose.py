"""The container set-up, checked without an engine: schema, commands, secrets, its database's script."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import typer
import yaml
from sqlalchemy import make_url

from cli.main import app
from services.runtime.embedded_postgres import EmbeddedPostgres
from services.runtime.embedded_postgres.binaries import installed

PROJECT = Path(__file__).parents[2]
COMPOSE = PROJECT / "docker-compose.yml"
SECRETS = ("DATABASE", "LOANS", "CAPITAL", "IDENTITY", "WEBHOOK", "ENTREPRENEUR")
SERVERS = {"loans": 8001, "capital": 8002, "gateway": 8000}


def composition() -> dict[str, Any]:
    loaded = yaml.safe_load(COMPOSE.read_text())
    assert isinstance(loaded, dict)
    return loaded


def services() -> dict[str, Any]:
    found = composition()["services"]
    assert isinstance(found, dict)
    return found


def commands() -> dict[str, list[str]]:
    return {name: service["command"] for name, service in services().items() if "command" in service}


def conforms(path: Path) -> bool:
    """To the Compose specification's own schema, which the checker brings."""
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode in {0, 1}, checked.stderr
    return checked.returncode == 0


def test_conforms_to_the_compose_specification(tmp_path: Path) -> None:
    assert conforms(COMPOSE)
    wrong = composition()
    wrong["services"]["loans"]["restarts"] = "always"
    (tmp_path / "wrong.yml").write_text(yaml.safe_dump(wrong))
    assert not conforms(tmp_path / "wrong.yml")


def parse(command: list[str]) -> None:
    """As the command line does, types of the options included, without running it."""
    program, *arguments = command
    assert program == "essor"
    current = typer.main.get_command(app)
    while isinstance(current, typer.core.TyperGroup):
        name, found, arguments = current.resolve_command(typer.Context(current), arguments)
        assert found is not None, f"no command {name}"
        current = found
    current.make_context(current.name, list(arguments))


@pytest.mark.parametrize("name", commands())
def test_the_command_line_has_every_command(name: str) -> None:
    parse(commands()[name])


@pytest.mark.parametrize(
    "wrong",
    [
        "essor serve nothing",
        "essor serve loans --port many",
        "essor serve loans --workerz 2",
        "essor db downgrade",
    ],
)
def test_a_command_it_has_not_would_be_seen(wrong: str) -> None:
    with pytest.raises(Exception, match=r"nothing|valid integer|workerz|downgrade"):
        parse(wrong.split())


@pytest.mark.parametrize(("name", "port"), SERVERS.items())
def test_each_server_is_asked_whether_it_is_ready_and_open_to_this_machine_only(name: str, port: int) -> None:
    service = services()[name]
    assert service["command"] == ["essor", "serve", name, "--host", "0.0.0.0", "--port", str(port)]  # noqa: S104
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"http://127.0.0.1:{port}/ready" in service["healthcheck"]["test"][-1]


def test_nothing_runs_as_root_or_waits_for_nobody() -> None:
    started = services()
    for name in ("migrate", *SERVERS):
        assert started[name]["cap_drop"] == ["ALL"]
        assert started[name]["read_only"] is True
        assert "user" not in started[name]
        assert "privileged" not in started[name]
    waits = {name: dict(service.get("depends_on", {})) for name, service in started.items()}
    assert waits["migrate"] == {"database": {"condition": "service_healthy"}}
    assert waits["loans"] == waits["capital"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert set(waits["gateway"]) == {"loans", "capital"}


def test_each_process_gets_its_own_credentials_only() -> None:
    held = {
        name: {key for key, value in service["environment"].items() if "SECRET" in str(value)}
        for name, service in services().items()
    }
    assert held["gateway"] == {"ESSOR_IDENTITY_DATABASE_URL"}
    assert held["loans"] == {"ESSOR_LOANS_DATABASE_URL", "ESSOR_ENTREPRENEUR_KEY", "ESSOR_WEBHOOK_KEY"}
    assert held["worker"] == {
        "ESSOR_LOANS_DATABASE_URL",
        "ESSOR_CAPITAL_DATABASE_URL",
        "ESSOR_WEBHOOK_KEY",
    }
    assert held["capital"] == {"ESSOR_CAPITAL_DATABASE_URL", "ESSOR_ENTREPRENEUR_KEY", "ESSOR_WEBHOOK_KEY"}


def test_the_worker_reaches_the_receivers_of_webhooks() -> None:
    inside = {name for name, network in composition()["networks"].items() if (network or {}).get("internal")}
    assert set(services()["worker"]["networks"]) - inside


def test_secrets_come_from_the_environment_and_have_no_default() -> None:
    names = set(re.findall(r"\$\{(\w+)", yaml.safe_dump(composition())))
    assert names == {f"ESSOR_{name}_SECRET" for name in SECRETS}
    for name in names:
        assert f"${{{name}:?" in COMPOSE.read_text(), f"compose would start without {name}"
    assert not re.findall(r"\$\{\w+:?-", COMPOSE.read_text())


@pytest.fixture
def database() -> Iterator[str]:
    """A server as the container has it on its first start: its owner, and an empty database."""
    base = Path(tempfile.mkdtemp(prefix="test-essor-", dir="/tmp"))
    base.chmod(0o755)
    with EmbeddedPostgres(base / "state") as server:
        yield server.url
    shutil.rmtree(base)


def run(command: list[str], environment: dict[str, str]) -> None:
    ended = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


async def test_the_database_container_and_migrate_make_roles_that_see_their_own_schema_only(
    database: str, tmp_path: Path
) -> None:
    script = tmp_path / "make-roles.sh"
    script.write_text(composition()["configs"]["make_roles"]["content"].replace("$$", "$"))
    server = make_url(database)
    secrets = {"loans": "it's", "capital": 'a "quoted" one', "identity": "a third"}
    run(
        ["/bin/sh", str(script)],
        {
            "PATH": f"{installed().postgres.parent}:/usr/bin:/bin",
            "PGHOST": str(server.query["host"]),
            "PGPASSWORD": str(server.password),
            "POSTGRES_USER": str(server.username),
            "POSTGRES_DB": str(server.database),
            "ESSOR_LOANS_SECRET": secrets["loans"],
            "ESSOR_CAPITAL_SECRET": secrets["capital"],
            "ESSOR_IDENTITY_SECRET": secrets["identity"],
        },
    )
    urls = {
        service: server.set(username=f"essor_{service}", password=secret).render_as_string(
            hide_password=False
        )
        for service, secret in secrets.items()
    }
    given = {f"ESSOR_{service.upper()}_DATABASE_URL": url for service, url in urls.items()}
    environment = {
        **os.environ,
        **given,
        "ESSOR_DATABASE_URL": database,
        "ESSOR_STATE": str(tmp_path / "state"),
    }
    run([sys.executable, "-m", "cli.main", *commands()["migrate"][1:]], environment)

    for service in secrets:
        connection = await asyncpg.connect(urls[service])
        sees = "SELECT has_schema_privilege($1, 'USAGE')"
        assert {name for name in secrets if await connection.fetchval(sees, name)} == {service}
        assert (
            await connection.fetchval("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
            == 0
        )
        await connection.close()
