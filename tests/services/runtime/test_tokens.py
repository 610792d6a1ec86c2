"""Which tokens open the door, and which never do."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.runtime.tokens import InvalidTokenError, LocalIssuer, TokenVerifier
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
    key = issuer._key
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
    swapped = jwt.encode({"alg": "ES256", "kid": issuer._key.kid}, {**CLAIMS, "exp": 2**33}, other)
    public = OctKey.import_key(orjson.dumps(issuer.jwks()))
    confused = jwt.encode({"alg": "HS256", "kid": issuer._key.kid}, {**CLAIMS, "exp": 2**33}, public)
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
    monkeypatch.setattr("services.runtime.tokens.REFRESH_SECONDS", 0.0)
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
