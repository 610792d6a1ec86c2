"""Tokens that no door may accept, each one step away from a good one."""

import hashlib
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from services.kernel.identifiers import new_id
from services.runtime.settings import Settings
from services.runtime.tokens.reading import local_issuer
from services.runtime.tokens.signing_keys import SigningKey


def encoded(value: Any) -> str:
    content = value if isinstance(value, bytes) else orjson.dumps(value)
    return urlsafe_b64encode(content).decode().rstrip("=")


def decoded(part: str) -> Any:
    return orjson.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def good_claims(settings: Settings) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": settings.issuer,
        "aud": settings.audience,
        "sub": "tests",
        "iat": now,
        "exp": now + 600,
        "jti": str(new_id()),
        "role": "partner",
        "regions": ["84"],
    }


def good_token(settings: Settings) -> str:
    signer = local_issuer(settings).keys.signer()
    return jwt.encode({"alg": "ES256", "kid": signer.id}, good_claims(settings), signer.key)


def forged_tokens(settings: Settings) -> dict[str, str]:
    """By what is wrong with it."""
    signer = local_issuer(settings).keys.signer()
    claims = good_claims(settings)
    return {
        **_with_wrong_claims(signer, claims),
        **_with_wrong_signatures(signer, claims),
        **_with_wrong_headers(signer, claims),
    }


def _with_wrong_claims(signer: SigningKey, claims: dict[str, Any]) -> dict[str, str]:
    now = int(time.time())
    changes: dict[str, dict[str, Any]] = {
        "expired": {"exp": now - 60, "iat": now - 120},
        "without an end": {"exp": None},
        "not yet good": {"nbf": now + 600},
        "issued in the future": {"iat": now + 600},
        "of another issuer": {"iss": "https://elsewhere.example.org"},
        "without an issuer": {"iss": None},
        "for another audience": {"aud": "another"},
        "for other audiences": {"aud": ["another", "a third"]},
        "without an audience": {"aud": None},
        "of the system": {"role": "system"},
        "without its regions": {"regions": None},
    }
    return {
        name: jwt.encode(
            {"alg": "ES256", "kid": signer.id},
            {claim: value for claim, value in {**claims, **change}.items() if value is not None},
            signer.key,
        )
        for name, change in changes.items()
    }


def _with_wrong_signatures(signer: SigningKey, claims: dict[str, Any]) -> dict[str, str]:
    header = {"alg": "ES256", "kid": signer.id}
    good = jwt.encode(header, claims, signer.key)
    head, body, signature = good.split(".")
    stranger = ECKey.generate_key("P-256")
    widened = encoded({**claims, "role": "admin"})
    return {
        "signed by another key of the same name": jwt.encode(header, claims, stranger),
        "signed by a key that nobody knows": jwt.encode(
            {"alg": "ES256", "kid": "nobody's"}, claims, stranger
        ),
        "with other claims than were signed": f"{head}.{widened}.{signature}",
        "without its signature": f"{head}.{body}.",
        "with half of its signature": f"{head}.{body}.{signature[:40]}",
        **_of_shared_secrets(signer, body),
    }


def _of_shared_secrets(signer: SigningKey, body: str) -> dict[str, str]:
    """The public key taken for a secret, in each form in which it may be had."""
    public = signer.key.as_dict(private=False)
    native = signer.key.public_key
    secrets = {
        "JWK": orjson.dumps(public),
        "PEM": native.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "DER": native.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "nothing": b"",
    }
    head = encoded({"alg": "HS256", "kid": signer.id})
    return {
        f"HS256 with {form} as the secret": ".".join(
            (head, body, encoded(hmac.digest(secret, f"{head}.{body}".encode(), hashlib.sha256)))
        )
        for form, secret in secrets.items()
    }


def _with_wrong_headers(signer: SigningKey, claims: dict[str, Any]) -> dict[str, str]:
    good = jwt.encode({"alg": "ES256", "kid": signer.id}, claims, signer.key)
    _, body, signature = good.split(".")
    stranger = ECKey.generate_key("P-256")
    own_key = {"alg": "ES256", "kid": signer.id, "jwk": stranger.as_dict(private=False)}
    unsigned = {
        f"alg {algorithm!r}": f"{encoded({'alg': algorithm, 'kid': signer.id})}.{body}."
        for algorithm in ("none", "None", "NONE", "", None)
    }
    return {
        **unsigned,
        "alg none, signed as a good one": f"{encoded({'alg': 'none', 'kid': signer.id})}.{body}.{signature}",
        "that brings its own key": jwt.encode(own_key, claims, stranger),
        "whose body is not encoded (b64)": _signed(
            signer, {"alg": "ES256", "kid": signer.id, "b64": False, "crit": ["b64"]}, claims
        ),
        "with a critical header that nobody knows": _signed(
            signer, {"alg": "ES256", "kid": signer.id, "crit": ["essor"], "essor": 1}, claims
        ),
        "of five parts": f"{good}.{body}.{signature}",
        "longer than any": good + "A" * 9_000,
    }


def _signed(signer: SigningKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """By the good key, whatever the header says: the library itself would refuse to make it."""
    head, body = encoded(header), encoded(claims)
    signature = jws.JWSRegistry.algorithms["ES256"].sign(f"{head}.{body}".encode(), signer.key)
    return f"{head}.{body}.{encoded(signature)}"
