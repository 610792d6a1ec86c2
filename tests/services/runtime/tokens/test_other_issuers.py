"""Tokens of an OpenID issuer that is not ours: other kinds of keys, other names for the same facts."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.runtime.settings import Settings, UnusableSettingError
from services.runtime.tokens.reading import InvalidTokenError, Signatures, verifier

ISSUER = "https://identite.example.fr/realms/essor"
RSA = RSAKey.generate_key(2048, parameters={"use": "sig", "kid": "rsa-1"})
P384 = ECKey.generate_key("P-384", parameters={"use": "sig", "kid": "p384"})
ED25519 = OKPKey.generate_key("Ed25519", parameters={"use": "sig", "kid": "ed"})
ENCRYPTS = RSAKey.generate_key(2048, parameters={"use": "enc", "kid": "enc"})
TAKEN_FOR_ANOTHER = RSAKey.import_key({**ENCRYPTS.as_dict(private=True), "use": "sig"})
SHARED = OctKey.generate_key(256, parameters={"kid": "shared"})
KEYS: list[Any] = [RSA, P384, ED25519, ENCRYPTS]
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": ["account", "essor"],
    "azp": "logiciel-de-la-cae",
    "sub": "0b7c9b1e",
    "realm_access": {"roles": ["offline_access", "essor-cae", "uma_authorization"]},
    "company": {"siren": "732829320"},
    "preferred_username": "jeanne",
}
MAPPED: dict[str, Any] = {
    "claim_client": "azp",
    "claim_role": "realm_access.roles",
    "role_prefix": "essor-",
    "claim_siren": "company.siren",
    "claim_person": "preferred_username",
}


class Published(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        published = [*(key.as_dict(private=False) for key in KEYS), SHARED.as_dict(private=True)]
        content = orjson.dumps({"keys": published})
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Says nothing."""


@pytest.fixture(scope="module")
def jwks_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Published) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/protocol/openid-connect/certs"
        server.shutdown()
        thread.join()


def signed(algorithm: str, key: Any, **changes: Any) -> str:
    now = int(time.time())
    claims = {**CLAIMS, "iat": now, "exp": now + 300, **changes}
    said = {name: value for name, value in claims.items() if value is not None}
    header = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt", "x5c": ["A" * 1_000], "nonce": "as some do"}
    return jwt.encode(header, said, key, registry=Signatures([algorithm]))


def settings_of(jwks_url: str, **given: Any) -> Settings:
    chosen = {"token_algorithms": "RS256,PS256,ES384,EdDSA,Ed25519", **MAPPED, **given}
    return Settings(jwks=jwks_url, issuer=ISSUER, audience="essor", **chosen)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("RS256", RSA), ("PS256", RSA), ("ES384", P384), ("EdDSA", ED25519), ("Ed25519", ED25519)],
)
async def test_its_claims_are_mapped_to_a_caller(jwks_url: str, algorithm: str, key: Any) -> None:
    caller = await verifier(settings_of(jwks_url)).verify(signed(algorithm, key))
    assert caller == Caller(Role.CAE, "logiciel-de-la-cae", siren=Siren("732829320"), person="jeanne")


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("RS256", RSA), ("ES384", P384), ("RS512", RSA), ("PS384", RSA)],
)
async def test_an_algorithm_that_no_setting_allows_is_refused(
    jwks_url: str, algorithm: str, key: Any
) -> None:
    strict = verifier(settings_of(jwks_url, token_algorithms="ES256,EdDSA"))
    with pytest.raises(InvalidTokenError):
        await strict.verify(signed(algorithm, key))
    assert await strict.verify(signed("EdDSA", ED25519))


@pytest.mark.parametrize("key", [SHARED, TAKEN_FOR_ANOTHER], ids=["shared", "for encryption"])
async def test_a_key_that_is_not_for_signatures_signs_nothing(jwks_url: str, key: Any) -> None:
    algorithm = "HS256" if key is SHARED else "RS256"
    with pytest.raises(InvalidTokenError):
        await verifier(settings_of(jwks_url)).verify(signed(algorithm, key))


@pytest.mark.parametrize(
    "changes",
    [
        {"realm_access": {"roles": ["essor-cae", "essor-operator"]}},
        {"realm_access": {"roles": ["cae"]}},
        {"realm_access": {"roles": ["essor-king"]}},
        {"realm_access": {"roles": []}},
        {"realm_access": {"roles": {"essor-cae": True}}},
        {"realm_access": ["essor-cae"]},
        {"realm_access": None},
        {"role": "cae", "realm_access": None},
        {"company": {}},
        {"company": None, "siren": "732829320"},
        {"azp": None},
        {"azp": ["logiciel-de-la-cae"]},
        {"aud": ["account"]},
        {"iss": "https://identite.example.fr/realms/other"},
        {"preferred_username": {"name": "jeanne"}},
    ],
)
async def test_what_stands_elsewhere_or_twice_is_refused(jwks_url: str, changes: dict[str, Any]) -> None:
    judge = verifier(settings_of(jwks_url))
    assert await judge.verify(signed("RS256", RSA))
    with pytest.raises(InvalidTokenError):
        await judge.verify(signed("RS256", RSA, **changes))


async def test_a_claim_may_be_named_by_an_address_and_a_role_stand_alone(jwks_url: str) -> None:
    mapped = settings_of(
        jwks_url,
        claim_role="https://essor.example.fr/role",
        claim_regions="https://essor.example.fr/scope.regions",
        role_prefix=None,
    )
    token = signed(
        "RS256",
        RSA,
        **{"https://essor.example.fr/role": "partner", "https://essor.example.fr/scope": {"regions": ["84"]}},
    )
    caller = await verifier(mapped).verify(token)
    assert (caller.role, caller.regions) == (Role.PARTNER, {"84"})


@pytest.mark.parametrize("names", ["none", "HS256", "ES256,HS512", "es256", "ES256,", "ES256 EdDSA"])
def test_no_setting_allows_what_is_no_signature(names: str) -> None:
    with pytest.raises(UnusableSettingError, match="ESSOR_TOKEN_ALGORITHMS"):
        Settings(token_algorithms=names)
