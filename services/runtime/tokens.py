"""Bearer tokens: JWTs of the local issuer, or of any issuer whose public keys can be read.

Claims: `iss`, `aud`, `sub` (the client), `exp`, `iat`, `role`, and by role `regions` (list of INSEE codes),
`siren`, `person`.
"""

import asyncio
import time
from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from services.kernel.access import Caller, Role
from services.kernel.identifiers import InvalidIdentifierError, Siren, new_id, parse_siren
from services.kernel.regions import REGIONS
from services.runtime.secret_files import read_or_make
from services.runtime.settings import Settings

ALGORITHM = "ES256"
LONGEST_LIFE = timedelta(days=31)
REFRESH_SECONDS = 30.0
CLOCK_LEEWAY_SECONDS = 30


class InvalidTokenError(Exception):
    """`reason` is safe to show; it never repeats the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LocalIssuer:
    """Signs tokens with a key of its own in `directory`; its public half is `jwks.json` beside it."""

    def __init__(self, directory: Path, *, issuer: str, audience: str) -> None:
        self._issuer, self._audience = issuer, audience
        fresh = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": ALGORITHM})
        made = orjson.dumps(fresh.as_dict(private=True))
        self._key = ECKey.import_key(orjson.loads(read_or_make(directory / "issuer.json", made)))
        self._key.ensure_kid()
        self.jwks_path = directory / "jwks.json"
        read_or_make(self.jwks_path, orjson.dumps(self.jwks()))

    def jwks(self) -> dict[str, Any]:
        return {"keys": [self._key.as_dict(private=False)]}

    def issue(self, caller: Caller, life: timedelta) -> str:
        if not timedelta(0) < life <= LONGEST_LIFE:
            raise ValueError(f"a token lives up to {LONGEST_LIFE.days} days")
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": caller.client,
            "iat": now,
            "exp": now + int(life.total_seconds()),
            "jti": str(new_id()),
            "role": caller.role.value,
        }
        if caller.regions:
            claims["regions"] = sorted(caller.regions)
        if caller.siren:
            claims["siren"] = caller.siren
        if caller.person:
            claims["person"] = caller.person
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key)


class TokenVerifier:
    """Reads the issuer's keys from a file or a URL, again when a token names one it does not know."""

    def __init__(self, source: str, *, issuer: str, audience: str) -> None:
        self._source = source
        self._claims = jwt.JWTClaimsRegistry(
            leeway=CLOCK_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._keys: KeySet | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def verify(self, token: str) -> Caller:
        keys = await self._keys_for(token)
        try:
            decoded = jwt.decode(token, keys, algorithms=[ALGORITHM, "EdDSA"])
            self._claims.validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise InvalidTokenError("the token is expired, malformed or not from the issuer") from error
        return caller_of(decoded.claims)

    async def _keys_for(self, token: str) -> KeySet:
        keys = self._keys
        if keys is not None and (
            _names_a_key(token, keys) or time.monotonic() - self._read_at < REFRESH_SECONDS
        ):
            return keys
        async with self._reading:
            if self._keys is keys:
                self._keys = KeySet.import_key_set(orjson.loads(await self._read()))
                self._read_at = time.monotonic()
            assert self._keys is not None  # noqa: S101 - set just above, or by who held the lock before
            return self._keys

    async def _read(self) -> bytes:
        if self._source.startswith(("http://", "https://")):
            async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
                return (await client.get(self._source)).raise_for_status().content
        return await asyncio.to_thread(Path(self._source).read_bytes)


def _names_a_key(token: str, keys: KeySet) -> bool:
    try:
        kid = jwt_header(token).get("kid")
    except ValueError:
        return True  # malformed: no key will make it right
    return any(key.kid == kid for key in keys.keys)


def jwt_header(token: str) -> dict[str, Any]:
    head = token.split(".", 1)[0]
    header = orjson.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    if not isinstance(header, dict):
        raise ValueError("the header is not an object")  # noqa: TRY004 - malformed input, not a caller's type error
    return header


def caller_of(claims: dict[str, Any]) -> Caller:
    """The caller that the claims describe; a role without what narrows it is refused, never widened."""
    try:
        role = Role(claims.get("role", ""))
    except ValueError as error:
        raise InvalidTokenError("the token has no known role") from error
    regions = claims.get("regions", [])
    if not isinstance(regions, list) or not all(region in REGIONS for region in regions):
        raise InvalidTokenError("the token's regions are not a list of INSEE codes")
    siren = _siren_of(claims)
    if role in {Role.OPERATOR, Role.PARTNER} and not regions:
        raise InvalidTokenError(f"the role {role.value} needs regions")
    if role in {Role.CAE, Role.FUNDER} and siren is None:
        raise InvalidTokenError(f"the role {role.value} needs a SIREN")
    person = claims.get("person")
    if person is not None and not isinstance(person, str):
        raise InvalidTokenError("the token's person is not a text")
    return Caller(
        role=role, client=str(claims["sub"]), regions=frozenset(regions), siren=siren, person=person
    )


def _siren_of(claims: dict[str, Any]) -> Siren | None:
    text = claims.get("siren")
    if text is None:
        return None
    try:
        return parse_siren(str(text))
    except InvalidIdentifierError as error:
        raise InvalidTokenError("the token's siren is not one") from error


def local_issuer(settings: Settings) -> LocalIssuer:
    return LocalIssuer(settings.keys_directory, issuer=settings.issuer, audience=settings.audience)


def verifier(settings: Settings) -> TokenVerifier:
    source = settings.jwks or str(local_issuer(settings).jwks_path)
    return TokenVerifier(source, issuer=settings.issuer, audience=settings.audience)
