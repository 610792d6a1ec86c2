"""Which tokens open the door, and which never do."""

import asyncio
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.runtime.tokens import issuer_keys
from services.runtime.tokens import reading as tokens
from services.runtime.tokens.reading import (
    InvalidTokenError,
    KeysUnavailableError,
    LocalIssuer,
    TokenVerifier,
)
from tests.api import Api

ISSUER, AUDIENCE = "urn:essor:local", "essor"
OPERATOR = Caller(Role.OPERATOR, "desk", regions=frozenset({"84", "75"}), person="jeanne")
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "desk",
    "role": "operator",
    "regions": ["84"],
}


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(tmp_path, issuer=ISSUER, audience=AUDIENCE)


@pytest.fixture
def verifier(issuer: LocalIssuer) -> TokenVerifier:
    return TokenVerifier(str(issuer.jwks_path), issuer=ISSUER, audience=AUDIENCE)


def signed(issuer: LocalIssuer, claims: dict[str, Any], **changes: Any) -> str:
    key = issuer.keys.signer().key
    said = {**claims, "exp": int(time.time()) + 60, **changes}
    return jwt.encode(
        {"alg": "ES256", "kid": key.kid},
        {name: value for name, value in said.items() if value is not None},
        key,
    )


async def test_a_token_gives_back_its_caller(issuer: LocalIssuer, verifier: TokenVerifier) -> None:
    for caller in (
        OPERATOR,
        Caller(Role.CAE, "erp", siren=Siren("732829320")),
        Caller(Role.ADMIN, "console"),
    ):
        assert await verifier.verify(issuer.issue(caller, timedelta(hours=8))) == caller


async def test_the_issuer_keeps_its_key_over_a_restart(tmp_path: Path) -> None:
    before = LocalIssuer(tmp_path, issuer=ISSUER, audience=AUDIENCE).issue(OPERATOR, timedelta(hours=8))
    LocalIssuer(tmp_path, issuer=ISSUER, audience=AUDIENCE)
    verifier = TokenVerifier(str(tmp_path / "jwks.json"), issuer=ISSUER, audience=AUDIENCE)
    assert await verifier.verify(before) == OPERATOR


async def test_the_public_keys_hold_nothing_private_and_the_secret_is_its_users_alone(
    issuer: LocalIssuer, tmp_path: Path
) -> None:
    assert "d" not in orjson.loads((tmp_path / "jwks.json").read_bytes())["keys"][0]
    assert (tmp_path / "issuer.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iss": "urn:someone:else"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a\x00b"},
        {"sub": "s" * 201},
        {"sub": ["desk"]},
        {"exp": "soon"},
        {"exp": [1]},
        {"person": ["jeanne"]},
        {"person": "a\x00b"},
        {"regions": [["84"]]},
        {"regions": {"84": 1}},
        {"role": ["operator", "partner"]},
        {"role": [["operator"]]},
        {"role": "king"},
        {"role": None},
        {"regions": []},
        {"regions": "84"},
        {"regions": ["99"]},
        {"role": "cae", "regions": None},
        {"role": "cae", "siren": "123456789"},
        {"role": "funder"},
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(
    issuer: LocalIssuer, verifier: TokenVerifier, changes: dict[str, Any]
) -> None:
    assert await verifier.verify(signed(issuer, CLAIMS))
    with pytest.raises(InvalidTokenError):
        await verifier.verify(signed(issuer, CLAIMS, **changes))


async def test_a_forged_token_is_refused(issuer: LocalIssuer, verifier: TokenVerifier) -> None:
    good = signed(issuer, CLAIMS)
    head, body, signature = good.split(".")
    other = ECKey.generate_key("P-256")
    swapped = jwt.encode({"alg": "ES256", "kid": issuer.keys.signer().id}, {**CLAIMS, "exp": 2**33}, other)
    public = OctKey.import_key(orjson.dumps(issuer.jwks()))
    confused = jwt.encode({"alg": "HS256", "kid": issuer.keys.signer().id}, {**CLAIMS, "exp": 2**33}, public)
    unsigned = f"eyJhbGciOiJub25lIn0.{body}."
    for token in (
        swapped,
        confused,
        unsigned,
        f"{head}.{body}.",
        good[:-6] + "AAAAAA",
        "",
        "a.b.c",
        signature,
    ):
        with pytest.raises(InvalidTokenError):
            await verifier.verify(token)


async def test_a_new_key_of_the_issuer_is_read_when_a_token_names_it(
    issuer: LocalIssuer, verifier: TokenVerifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.verify(signed(issuer, CLAIMS))
    elsewhere = LocalIssuer(tmp_path / "new", issuer=ISSUER, audience=AUDIENCE)
    issuer.jwks_path.write_bytes(elsewhere.jwks_path.read_bytes())
    monkeypatch.setattr("services.runtime.tokens.issuer_keys.REFRESH_SECONDS", 0.0)
    assert await verifier.verify(signed(elsewhere, CLAIMS))


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Basic dXNlcjpwYXNz"])
async def test_no_door_opens_without_a_token(probe: Api, header: str | None) -> None:
    client = probe.anonymous({"Authorization": header} if header else {})
    response = await client.post("/v1/deposits", content=b"not even json")
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.json()["code"] == "unauthenticated"


async def test_health_needs_no_token(probe: Api) -> None:
    response = await probe.anonymous().get("/health")
    assert response.json() == {"status": "ok", "service": "probe"}


def encoded(value: Any) -> str:
    content = value if isinstance(value, bytes) else orjson.dumps(value)
    return urlsafe_b64encode(content).decode().rstrip("=")


@pytest.mark.parametrize(
    "header",
    [
        {"alg": []},
        {"alg": "ES256", "kid": []},
        {"alg": "ES256", "kid": 7},
        {"alg": "ES256", "crit": ["b64"], "b64": False},
        {"alg": "ES256", "jwk": {}},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "ES512"},
        {"alg": "EdDSA"},
        {},
        [],
        "text",
        7,
        None,
        b"\xff\xfe",
        b"[" * 3_000,
    ],
)
@pytest.mark.parametrize("payload", ["good", [], "text", b"[" * 3_000, b"\xff", b""])
async def test_a_malformed_token_is_refused_and_breaks_nothing(
    issuer: LocalIssuer, verifier: TokenVerifier, header: Any, payload: Any
) -> None:
    good = signed(issuer, CLAIMS)
    _, claims, signature = good.split(".")
    body = claims if payload == "good" else encoded(payload)
    with pytest.raises(InvalidTokenError):
        await verifier.verify(f"{encoded(header)}.{body}.{signature}")
    assert await verifier.verify(good)


async def test_a_huge_token_is_not_even_read(verifier: TokenVerifier, issuer: LocalIssuer) -> None:
    huge = signed(issuer, {**CLAIMS, "filler": "x" * 10_000})
    with pytest.raises(InvalidTokenError, match="longer than"):
        await verifier.verify(huge)


async def test_a_remembered_token_ends_with_its_time_and_with_its_key(
    issuer: LocalIssuer, verifier: TokenVerifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "CLOCK_LEEWAY_SECONDS", 0)
    short = signed(issuer, CLAIMS, exp=int(time.time()) + 1)
    lasting = signed(issuer, CLAIMS)
    assert await verifier.verify(short)
    assert await verifier.verify(lasting)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 32)
    with pytest.raises(InvalidTokenError):
        await verifier.verify(short)
    assert await verifier.verify(lasting)
    other = LocalIssuer(tmp_path / "new", issuer=ISSUER, audience=AUDIENCE)
    issuer.jwks_path.write_bytes(other.jwks_path.read_bytes())
    monkeypatch.setattr(issuer_keys, "KEYS_LIFE_SECONDS", 0.0)
    monkeypatch.setattr(issuer_keys, "REFRESH_SECONDS", 0.0)
    with pytest.raises(InvalidTokenError):
        await verifier.verify(lasting)


async def test_few_tokens_are_remembered(
    issuer: LocalIssuer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "TOKENS_REMEMBERED", 2)
    for client in ("a", "b", "c"):
        await verifier.verify(signed(issuer, CLAIMS, sub=client))
    assert len(verifier._known) == 2


async def test_public_keys_follow_a_secret_that_was_lost(tmp_path: Path) -> None:
    LocalIssuer(tmp_path, issuer=ISSUER, audience=AUDIENCE)
    (tmp_path / "issuer.json").unlink()
    again = LocalIssuer(tmp_path, issuer=ISSUER, audience=AUDIENCE)
    verifier = TokenVerifier(str(again.jwks_path), issuer=ISSUER, audience=AUDIENCE)
    assert await verifier.verify(again.issue(OPERATOR, timedelta(hours=1))) == OPERATOR


class KeyServer(ThreadingHTTPServer):
    """An issuer on the network, that may be away."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), KeyHandler)
        self.content: bytes | None = content
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/jwks.json"


class KeyHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, KeyServer)
        self.server.asked += 1
        content = self.server.content
        self.send_response(503 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Says nothing."""


@pytest.fixture
def key_server(issuer: LocalIssuer) -> Iterator[KeyServer]:
    with KeyServer(issuer.jwks_path.read_bytes()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def test_keys_are_read_from_a_url_once_for_many_tokens(
    issuer: LocalIssuer, key_server: KeyServer
) -> None:
    verifier = TokenVerifier(key_server.url, issuer=ISSUER, audience=AUDIENCE)
    tokens_of = [signed(issuer, CLAIMS, sub=f"client {number}") for number in range(20)]
    await asyncio.gather(*map(verifier.verify, tokens_of))
    assert key_server.asked == 1


async def test_keys_of_other_kinds_beside_ours_do_no_harm(issuer: LocalIssuer, key_server: KeyServer) -> None:
    ours = issuer.jwks()["keys"]
    odd = [{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "new"}, {"kty": "EC"}, {"kty": "RSA", "n": "x", "e": "y"}]
    key_server.content = orjson.dumps({"keys": [*odd, *ours]})
    verifier = TokenVerifier(key_server.url, issuer=ISSUER, audience=AUDIENCE)
    assert await verifier.verify(signed(issuer, CLAIMS))


@pytest.mark.parametrize("content", [None, b"<html>", b"{}", b"[]", b'{"keys": 7}', b'{"keys": [7]}'])
async def test_an_issuer_that_is_away_at_first_is_asked_again_but_not_by_every_call(
    issuer: LocalIssuer, key_server: KeyServer, content: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, key_server.content = key_server.content, content
    verifier = TokenVerifier(key_server.url, issuer=ISSUER, audience=AUDIENCE)
    for _ in range(5):
        with pytest.raises(KeysUnavailableError):
            await verifier.verify(signed(issuer, CLAIMS))
    assert key_server.asked == 1
    key_server.content = good
    monkeypatch.setattr(issuer_keys, "RETRY_SECONDS", 0.0)
    assert await verifier.verify(signed(issuer, CLAIMS))


async def test_an_issuer_that_goes_away_later_stops_nobody(
    issuer: LocalIssuer, key_server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = TokenVerifier(key_server.url, issuer=ISSUER, audience=AUDIENCE)
    await verifier.verify(signed(issuer, CLAIMS))
    key_server.content = None
    monkeypatch.setattr(issuer_keys, "KEYS_LIFE_SECONDS", 0.0)
    assert await verifier.verify(signed(issuer, CLAIMS, sub="another"))
    assert key_server.asked == 2


async def test_wrong_tokens_do_not_make_us_ask_the_issuer_each_time(
    issuer: LocalIssuer, key_server: KeyServer, tmp_path: Path
) -> None:
    verifier = TokenVerifier(key_server.url, issuer=ISSUER, audience=AUDIENCE)
    stranger = LocalIssuer(tmp_path / "stranger", issuer=ISSUER, audience=AUDIENCE)
    for number in range(10):
        with pytest.raises(InvalidTokenError):
            await verifier.verify(signed(stranger, CLAIMS, sub=str(number)))
    assert key_server.asked == 1


async def test_while_no_token_can_be_judged_the_door_says_try_again(scratch: Any, tmp_path: Path) -> None:
    async with scratch(jwks=str(tmp_path / "not-yet.json")) as api:
        response = await api.as_("operator", regions=["84"]).get("/v1/deposits")
        assert (response.status_code, response.json()["code"]) == (503, "unavailable")
        assert response.headers["retry-after"] == "2"
        assert (await api.anonymous().get("/v1/deposits")).status_code == 401


async def test_a_call_without_a_token_is_not_told_that_its_token_is_wrong(probe: Api) -> None:
    without = await probe.anonymous().get("/v1/deposits")
    wrong = await probe.anonymous({"Authorization": "Bearer x"}).get("/v1/deposits")
    assert without.headers["www-authenticate"] == "Bearer"
    assert wrong.headers["www-authenticate"] == 'Bearer error="invalid_token"'
