"""A client of the gateway, from the command that adds it to the one that revokes it."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.runtime.database.roles import service_url
from services.runtime.gateway_calls import gateway_key
from services.runtime.settings import Settings
from tests.journeys.conftest import Essor, free_port, serve, wait_until_ready

ESSOR = str(Path(sys.executable).parent / "essor")
ATTEMPTS = 4
QUESTION = {"query": '{ region(code: "84") { name loanFunds { name } } }'}


def run_command(settings: Settings, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")}
    return subprocess.run(
        [ESSOR, *arguments],
        env={
            **inherited,
            "ESSOR_STATE": str(settings.state),
            "ESSOR_DATABASE_URL": str(settings.database_url),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def essor_command(settings: Settings, *arguments: str) -> Any:
    """What a command answers to a program."""
    done = run_command(settings, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def command(settings: Settings, *arguments: str) -> Any:
    return await asyncio.to_thread(essor_command, settings, *arguments)


@pytest.fixture(scope="module")
def gateways(essor: Essor) -> Iterator[list[str]]:
    """Two processes that say all they can, and lock out sooner than usual."""
    with ExitStack() as stack:
        addresses = [
            serve(
                stack,
                essor.settings,
                "gateway",
                ESSOR_SUBGRAPH_LOANS_URL=f"{essor.loans[0]}/graphql",
                ESSOR_SUBGRAPH_CAPITAL_URL=f"{essor.capital[0]}/graphql",
                ESSOR_LOCKOUT_ATTEMPTS=str(ATTEMPTS),
                ESSOR_LOG_LEVEL="DEBUG",
            )
            for _ in range(2)
        ]
        for address in addresses:
            wait_until_ready(address)
        yield addresses


async def ask(gateway: str, name: str, secret: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=60) as client:
        form = {"grant_type": "client_credentials"}
        return await client.post(f"{gateway}/oauth/token", data=form, auth=(name, secret))


async def listed(settings: Settings, name: str) -> dict[str, Any]:
    answer = await command(settings, "clients", "list")
    (found,) = (client for client in answer["clients"] if client["client"] == name)
    return dict(found)


@pytest.mark.long
async def test_the_life_of_a_client(essor: Essor, gateways: list[str]) -> None:
    settings, name = essor.settings, f"erp-{time.time_ns()}"
    added = await command(settings, "clients", "add", name, "--role", "operator", "--region", "84")
    assert added["client_id"] == name
    before = await listed(settings, name)
    assert (before["state"], before["role"], before["regions"]) == ("active", "operator", ["84"])
    assert before["last_used_at"] is None

    granted = await ask(gateways[0], name, added["client_secret"])
    assert granted.status_code == 200
    bearer = {"Authorization": f"Bearer {granted.json()['access_token']}"}
    async with httpx.AsyncClient(headers=bearer, timeout=60) as client:
        for address in essor.loans:
            assert (await client.get(f"{address}/v1/funds")).status_code == 200
        assert (await client.get(f"{essor.capital[0]}/v1/schemes")).status_code == 200
        answer = (await client.post(f"{gateways[1]}/graphql", json=QUESTION)).json()
        assert answer["data"]["region"]["name"] == "Auvergne-Rhône-Alpes"
    assert (await listed(settings, name))["last_used_at"] is not None

    rotated = await command(settings, "clients", "rotate", name, "--overlap", "0.003")
    assert (await ask(gateways[1], name, added["client_secret"])).status_code == 200
    assert (await ask(gateways[0], name, rotated["client_secret"])).status_code == 200
    left = datetime.fromisoformat(rotated["previous_ends_at"]) - datetime.now(UTC)
    await asyncio.sleep(left.total_seconds() + 0.1)
    assert (await ask(gateways[1], name, added["client_secret"])).status_code == 401
    assert (await ask(gateways[0], name, rotated["client_secret"])).status_code == 200

    await command(settings, "clients", "revoke", name)
    assert (await listed(settings, name))["state"] == "revoked"
    assert (await ask(gateways[0], name, rotated["client_secret"])).status_code == 401
    async with httpx.AsyncClient(headers=bearer, timeout=60) as client:
        # What was given before lives out its minutes.
        assert (await client.get(f"{essor.loans[0]}/v1/funds")).status_code == 200


async def test_failures_at_two_gateways_add_up(essor: Essor, gateways: list[str]) -> None:
    settings, name = essor.settings, f"locked-{time.time_ns()}"
    added = await command(settings, "clients", "add", name, "--role", "admin")
    told = [(await ask(gateways[number % 2], name, "wrong")).status_code for number in range(ATTEMPTS)]
    assert told == [401] * (ATTEMPTS - 1) + [429]
    for gateway in gateways:
        refused = await ask(gateway, name, added["client_secret"])
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 900
    found = await listed(settings, name)
    assert (found["state"], found["locked_until"] is not None) == ("locked", True)


async def test_a_rotated_key_signs_for_running_servers_and_refuses_nobody(
    essor: Essor, gateways: list[str]
) -> None:
    settings, name = essor.settings, f"key-{time.time_ns()}"
    secret = (await command(settings, "clients", "add", name, "--role", "admin"))["client_secret"]

    async def works(token: str) -> list[int]:
        headers = {"Authorization": f"Bearer {token}"}
        addresses = (*essor.loans, *essor.capital)
        paths = ("/v1/funds",) * 2 + ("/v1/schemes",) * 2
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            answers = [await client.get(url + path) for url, path in zip(addresses, paths, strict=True)]
            answers.append(await client.post(f"{gateways[1]}/graphql", json=QUESTION))
        return [answer.status_code for answer in answers]

    async def published() -> list[str]:
        async with httpx.AsyncClient(timeout=60) as client:
            keys = (await client.get(f"{gateways[0]}/.well-known/jwks.json")).json()["keys"]
        return [key["kid"] for key in keys]

    old = (await ask(gateways[0], name, secret)).json()["access_token"]
    waiting = await command(settings, "keys", "rotate")
    assert waiting["key"] in await published()
    again = (await ask(gateways[0], name, secret)).json()["access_token"]
    assert await works(old) == await works(again) == [200] * 5

    # Stolen: a fresh token is good at once everywhere, and no other is any more.
    stolen = await command(settings, "keys", "rotate", "--stolen")
    assert await published() == [stolen["key"]]
    fresh = [(await ask(gateway, name, secret)).json()["access_token"] for gateway in gateways]
    assert [await works(token) for token in fresh] == [[200] * 5] * 2
    assert await works(old) == [401] * 5


async def test_no_token_and_no_secret_is_in_any_log(essor: Essor, gateways: list[str]) -> None:
    settings, name = essor.settings, f"quiet-{time.time_ns()}"
    added = await command(settings, "clients", "add", name, "--role", "partner", "--region", "84")
    secret = added["client_secret"]
    tokens = [(await ask(gateway, name, secret)).json()["access_token"] for gateway in gateways]
    async with httpx.AsyncClient(timeout=60) as client:
        for token in tokens:
            for sent in (token, token[:-4] + "AAAA"):
                headers = {"Authorization": f"Bearer {sent}", "X-Request-Id": name[:60]}
                await client.get(f"{essor.loans[0]}/v1/funds", headers=headers)
                await client.get(f"{essor.capital[0]}/v1/schemes", headers=headers)
                await client.post(f"{gateways[0]}/graphql", json=QUESTION, headers=headers)
        await client.post(f"{gateways[0]}/oauth/token?client_secret={secret}", data={"client_secret": secret})
        await client.post(f"{gateways[0]}/oauth/token", content=secret, auth=(secret, name))
        await client.get(f"{gateways[0]}/oauth/token/{secret}")
    await ask(gateways[0], name, secret + "x")
    logs = "".join(path.read_text() for path in settings.state_directory.glob("*.log"))
    assert name in logs, "these logs are not those of the calls above"
    for kept in (secret, *tokens, *(part for token in tokens for part in token.split(".")[1:])):
        assert kept not in logs


@pytest.mark.long
async def test_servers_elsewhere_check_tokens_by_the_address_of_the_keys(
    essor: Essor, gateways: list[str], tmp_path: Path
) -> None:
    """A gateway and a service that share no directory with the one that gives the tokens, and no clients."""
    settings, name = essor.settings, f"elsewhere-{time.time_ns()}"
    added = await command(settings, "clients", "add", name, "--role", "partner", "--region", "84")
    token = (await ask(gateways[0], name, added["client_secret"])).json()["access_token"]
    elsewhere = settings.model_copy(update={"state": tmp_path})
    jwks = f"{gateways[0]}/.well-known/jwks.json"
    with ExitStack() as stack:
        loans = serve(
            stack,
            elsewhere,
            "loans",
            ESSOR_JWKS=jwks,
            ESSOR_LOANS_DATABASE_URL=service_url("loans", settings),
            ESSOR_SUBGRAPH_KEY=gateway_key(settings),
        )
        gateway = serve(
            stack,
            elsewhere,
            "gateway",
            ESSOR_JWKS=jwks,
            ESSOR_IDENTITY_DATABASE_URL=service_url("identity", settings),
            ESSOR_SUBGRAPH_KEY=gateway_key(settings),
            ESSOR_SUBGRAPH_LOANS_URL=f"{loans}/graphql",
            ESSOR_SUBGRAPH_CAPITAL_URL=f"{essor.capital[0]}/graphql",
        )
        for address in (loans, gateway):
            wait_until_ready(address)
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            assert (await client.get(f"{loans}/v1/funds")).status_code == 200
            answer = (await client.post(f"{gateway}/graphql", json=QUESTION)).json()
            assert answer["data"]["region"]["name"] == "Auvergne-Rhône-Alpes"
        # The tokens are another's: this gateway gives none, and tells of none.
        assert (await ask(gateway, name, added["client_secret"])).status_code == 401
        async with httpx.AsyncClient(timeout=60) as client:
            for path in ("/.well-known/oauth-authorization-server", "/.well-known/jwks.json"):
                assert not (await client.get(gateway + path)).is_success


async def test_without_its_database_a_gateway_gives_no_token_and_takes_those_in_hand(
    essor: Essor, gateways: list[str]
) -> None:
    settings, name = essor.settings, f"away-{time.time_ns()}"
    added = await command(settings, "clients", "add", name, "--role", "partner", "--region", "84")
    token = (await ask(gateways[0], name, added["client_secret"])).json()["access_token"]
    with ExitStack() as stack:
        gateway = serve(
            stack,
            settings,
            "gateway",
            ESSOR_IDENTITY_DATABASE_URL=f"postgresql://nobody:nothing@127.0.0.1:{free_port()}/nothing",
            ESSOR_SUBGRAPH_LOANS_URL=f"{essor.loans[0]}/graphql",
            ESSOR_SUBGRAPH_CAPITAL_URL=f"{essor.capital[0]}/graphql",
        )
        wait_until_ready(gateway)
        refused = await ask(gateway, name, added["client_secret"])
        assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable")
        assert refused.headers["retry-after"] == "2"
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            assert "errors" not in (await client.post(f"{gateway}/graphql", json=QUESTION)).json()


async def test_the_gateway_tells_of_its_door_by_the_name_that_its_tokens_carry(
    essor: Essor, gateways: list[str]
) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        told = (await client.get(f"{gateways[0]}/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == essor.settings.issuer == "urn:essor:local"
    assert told["token_endpoint"] == f"{gateways[0]}/oauth/token"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "desk", "--role", "operator"), "--region"),
        (("add", "desk", "--role", "cae", "--siren", "123456789"), "check digit"),
        (("add", "Mon Logiciel", "--role", "admin"), "unusable-client-name"),
        (("add", "desk", "--role", "king"), "king"),
        (("rotate", "nobody-of-that-name"), "unknown-client"),
        (("revoke", "nobody-of-that-name"), "unknown-client"),
        (("rotate", "nobody-of-that-name", "--overlap", "1000"), "overlap-too-long"),
    ],
)
def test_a_command_that_cannot_work_says_why(essor: Essor, arguments: tuple[str, ...], said: str) -> None:
    done = run_command(essor.settings, "clients", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_person_reads_a_table_and_beside_a_gateway_its_own_credential_is_enough(
    essor: Essor, tmp_path: Path
) -> None:
    name = f"table-{time.time_ns() % 10**6}"
    only_its_own = {
        "ESSOR_DATABASE_URL": "",
        "ESSOR_IDENTITY_DATABASE_URL": service_url("identity", essor.settings),
        "ESSOR_STATE": str(tmp_path),
    }
    added = run_command(
        essor.settings, "clients", "add", name, "--role", "funder", "--siren", "120027016", **only_its_own
    )
    assert added.returncode == 0, added.stderr
    assert "essor_" in added.stdout
    assert "not shown again" in added.stdout
    listed = run_command(essor.settings, "clients", "list", **only_its_own)
    (row,) = (line for line in listed.stdout.splitlines() if name in line)
    assert "active" in row
    assert "120027016" in row
    assert "essor_" not in listed.stdout
    assert not (tmp_path / "pgdata").exists()
