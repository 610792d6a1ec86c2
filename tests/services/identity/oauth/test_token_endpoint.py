"""`POST /oauth/token`: who gets a token, and what the others are told."""

import asyncio
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jwt
from joserfc.jwk import KeySet

from services.identity.persistence import clients
from services.identity.usecases.revoke_client import revoke_client
from services.identity.usecases.rotate_secret import rotate_secret
from services.kernel.access import Role
from services.runtime.tokens.reading import local_issuer
from tests.services.identity.conftest import ATTEMPTS, CAE, Server

GRANT = {"grant_type": "client_credentials"}


@pytest.mark.parametrize(
    ("role", "who"),
    [
        ("operator", {"regions": frozenset({"84", "75"}), "person": "jeanne"}),
        ("partner", {"regions": frozenset({"11"})}),
        ("cae", {"siren": CAE}),
        ("funder", {"siren": CAE}),
        ("admin", {}),
    ],
)
async def test_a_client_gets_a_token_that_says_who_it_is(
    server: Server, role: str, who: dict[str, Any]
) -> None:
    added = await server.add(role, **who)
    answer = await server.ask(added.client.name, added.secret)
    assert await server.caller_of(answer) == added.client.caller
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 900)


async def test_a_token_lives_for_a_quarter_of_an_hour_and_no_longer_than_its_client(server: Server) -> None:
    def claims(token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(local_issuer(server.settings).jwks())  # type: ignore[arg-type]
        return jwt.decode(token, keys).claims

    lasting = await server.add()
    said = claims((await server.ask(lasting.client.name, lasting.secret)).json()["access_token"])
    assert said["exp"] - said["iat"] == 900
    assert said["iss"] == "https://essor.example.fr"
    ending = await server.add(life=timedelta(minutes=2))
    said = claims((await server.ask(ending.client.name, ending.secret)).json()["access_token"])
    assert 100 < said["exp"] - said["iat"] <= 120


async def test_the_secret_may_stand_in_the_form(server: Server) -> None:
    added = await server.add()
    form = {**GRANT, "client_id": added.client.name, "client_secret": added.secret}
    answer = await server.http.post("/oauth/token", data=form)
    assert await server.caller_of(answer) == added.client.caller
    wrong = await server.http.post("/oauth/token", data={**form, "client_secret": "no"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def basic(content: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(content).decode()}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(b"nobody:nothing"),
        basic(b"nobody"),
        basic(b"nobody:"),
        basic(b":"),
        basic(b"\xff\xfe:\xff"),
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Basic " + "a" * 3},
    ],
)
async def test_who_proves_nothing_is_told_so_and_no_more(server: Server, headers: dict[str, str]) -> None:
    answer = await server.http.post("/oauth/token", data=GRANT, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Basic realm="essor"')
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "the client is unknown, has ended, or its secret is wrong",
    }


async def test_a_wrong_secret_and_a_name_that_nobody_has_look_alike(server: Server) -> None:
    added = await server.add()
    wrong = await server.ask(added.client.name, "wrong")
    unknown = await server.ask(f"{added.client.name}-not", "wrong")
    assert wrong.content == unknown.content
    assert wrong.headers == unknown.headers


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ("", "invalid_request"),
        ("grant_type=", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&client_secret=again", "invalid_request"),
        ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=refresh_token&refresh_token=x", "unsupported_grant_type"),
        ("grant_type=client_credentials&scope=everything", "invalid_scope"),
        ("grant_type=client_credentials&padding=" + "x" * 5_000, "invalid_request"),
        ("&".join(f"field{number}=x" for number in range(30)), "invalid_request"),
        ("grant_type=%ff", "invalid_request"),
    ],
)
async def test_a_request_that_is_not_ours_has_the_error_of_the_specification(
    server: Server, form: str, error: str
) -> None:
    added = await server.add()
    answer = await server.http.post(
        "/oauth/token",
        content=form,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=(added.client.name, added.secret),
    )
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_body_that_is_no_form_is_refused(server: Server) -> None:
    added = await server.add()
    answer = await server.http.post("/oauth/token", json=GRANT, auth=(added.client.name, added.secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_an_empty_scope_asks_for_nothing(server: Server) -> None:
    added = await server.add()
    assert (await server.ask(added.client.name, added.secret, scope="")).status_code == 200


async def test_two_secrets_are_good_at_once_until_the_overlap_ends(server: Server) -> None:
    two_hours_ago = datetime.now(UTC) - timedelta(hours=2)
    for overlap, status in ((timedelta(hours=3), 200), (timedelta(hours=1), 401)):
        added = await server.add(at=two_hours_ago)
        name = added.client.name
        async with server.database.of_all_tenants() as session:
            second = await rotate_secret(session, name, overlap=overlap, at=two_hours_ago)
        assert (await server.ask(name, added.secret)).status_code == status
        assert (await server.ask(name, second.secret)).status_code == 200


async def test_of_three_secrets_the_oldest_is_refused_at_once(server: Server) -> None:
    added = await server.add()
    name, secrets = added.client.name, [added.secret]
    for _ in range(2):
        async with server.database.of_all_tenants() as session:
            shown = await rotate_secret(session, name, overlap=timedelta(hours=24), at=datetime.now(UTC))
        secrets.append(shown.secret)
    statuses = [(await server.ask(name, secret)).status_code for secret in secrets]
    assert statuses == [401, 200, 200]


async def test_a_revoked_client_and_one_that_has_ended_get_no_token(server: Server) -> None:
    revoked = await server.add()
    ended = await server.add(life=timedelta(hours=1), at=datetime.now(UTC) - timedelta(hours=2))
    async with server.database.of_all_tenants() as session:
        await revoke_client(session, revoked.client.name, at=datetime.now(UTC))
    for shown in (revoked, ended):
        assert (await server.ask(shown.client.name, shown.secret)).status_code == 401


async def test_repeated_failure_locks_out_even_the_right_secret(server: Server) -> None:
    added = await server.add()
    name = added.client.name
    for _ in range(ATTEMPTS - 1):
        assert (await server.ask(name, "wrong")).status_code == 401
    last = await server.ask(name, "wrong")
    right = await server.ask(name, added.secret)
    for refused in (last, right):
        assert refused.status_code == 429
        assert 890 <= int(refused.headers["retry-after"]) <= 900
        assert refused.json()["error"] == "invalid_client"


async def test_a_name_that_nobody_has_locks_out_in_the_same_way(server: Server) -> None:
    name = "a-name-that-nobody-has"
    told = [(await server.ask(name, "wrong")).status_code for _ in range(ATTEMPTS + 1)]
    assert told == [401] * (ATTEMPTS - 1) + [429] * 2


async def test_a_success_forgets_the_failures_before_it(server: Server) -> None:
    added = await server.add()
    for _ in range(3):
        for _ in range(ATTEMPTS - 1):
            await server.ask(added.client.name, "wrong")
        assert (await server.ask(added.client.name, added.secret)).status_code == 200


async def test_failures_at_once_are_all_counted_and_later_ones_lock_nothing_twice(server: Server) -> None:
    added = await server.add()
    answers = await asyncio.gather(*(server.ask(added.client.name, "wrong") for _ in range(12)))
    assert {answer.status_code for answer in answers} <= {401, 429}
    assert (await server.ask(added.client.name, added.secret)).status_code == 429
    async with server.database.of_all_tenants(read_only=True) as session:
        found = await clients.find(session, added.client.name)
    assert found is not None
    assert found.failed_attempts == ATTEMPTS


async def test_calls_at_once_of_one_client_do_not_lock_it_out(server: Server) -> None:
    added = await server.add()
    answers = await asyncio.gather(*(server.ask(added.client.name, added.secret) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}


async def test_last_use_is_recorded_and_not_at_each_call(server: Server) -> None:
    added = await server.add()

    async def last_used() -> datetime | None:
        async with server.database.of_all_tenants(read_only=True) as session:
            found = await clients.find(session, added.client.name)
        assert found is not None
        return found.last_used_at

    assert await last_used() is None
    await server.ask(added.client.name, added.secret)
    first = await last_used()
    await server.ask(added.client.name, added.secret)
    assert first is not None
    assert await last_used() == first


async def test_the_metadata_is_that_of_the_specification(server: Server) -> None:
    answer = await server.http.get("/.well-known/oauth-authorization-server")
    metadata = AuthorizationServerMetadata(answer.json())
    metadata.validate()
    added = await server.add()
    caller = await server.caller_of(await server.ask(added.client.name, added.secret))
    assert caller.role is Role.OPERATOR
    assert metadata["issuer"] == server.settings.issuer
    assert metadata["token_endpoint"] == "https://essor.example.fr/oauth/token"
    assert metadata["jwks_uri"] == "https://essor.example.fr/.well-known/jwks.json"


async def test_only_a_post_asks_for_a_token(server: Server) -> None:
    assert (await server.http.get("/oauth/token")).status_code == 405
