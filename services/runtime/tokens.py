"""Bearer tokens: JWTs of the local issuer, or of any issuer whose public keys can be read.

Claims: `iss`, `aud`, `sub` (the client), `exp`, `iat`, `role`, and by role `regions` (list of INSEE codes),
`siren`, `person`.
"""

import asyncio
import hashlib
import time
from base64 import urlsafe_b64decode
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey

from services.kernel.access import Caller, Role
from services.kernel.identifiers import InvalidIdentifierError, Siren, new_id, parse_siren
from services.kernel.regions import REGIONS
from services.runtime.logs import logger
from services.runtime.secret_files import read_or_make, replace
from services.runtime.settings import Settings

ALGORITHM = "ES256"
LONGEST_LIFE = timedelta(days=31)
CLOCK_LEEWAY_SECONDS = 30
LONGEST_TOKEN = 8_192
LONGEST_CLIENT = 200
TOKENS_REMEMBERED = 1_024

READ_SECONDS = 5.0
RETRY_SECONDS = 1.0  # without any keys, how often the issuer is asked for them at most
REFRESH_SECONDS = 30.0  # the same when a token names a key that is not among them
KEYS_LIFE_SECONDS = 600.0  # after this they are read again in any case: a withdrawn key must end


class InvalidTokenError(Exception):
    """`reason` is safe to show; it never repeats the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeysUnavailableError(Exception):
    """The issuer's keys were never read, so that no token can be judged for now."""


class LocalIssuer:
    """Signs tokens with a key of its own in `directory`; its public half is `jwks.json` beside it."""

    def __init__(self, directory: Path, *, issuer: str, audience: str) -> None:
        self._issuer, self._audience = issuer, audience
        fresh = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": ALGORITHM})
        made = orjson.dumps(fresh.as_dict(private=True))
        self._key = ECKey.import_key(orjson.loads(read_or_make(directory / "issuer.json", made)))
        self._key.ensure_kid()
        self.jwks_path = directory / "jwks.json"
        public = orjson.dumps(self.jwks())
        if str(self._key.kid).encode() not in read_or_make(self.jwks_path, public):
            replace(self.jwks_path, public)  # of a key that was lost or taken away

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


class IssuerKeys:
    """The issuer's public keys, from a file or a URL. While it cannot be reached, those known stay good."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._keys: KeySet | None = None
        self._names: frozenset[str | None] = frozenset()
        self._content = b""
        self._tried_at = -KEYS_LIFE_SECONDS
        self._reading = asyncio.Lock()

    async def that_may_hold(self, kid: str | None) -> KeySet:
        """The keys, read again where `kid` is not among them, though never at every wrong token."""
        is_known = kid in self._names
        if not self._is_fresh(is_known=is_known) and not (is_known and self._reading.locked()):
            async with self._reading:
                if not self._is_fresh(is_known=kid in self._names):
                    await self._read_again()
        if self._keys is None:
            raise KeysUnavailableError
        return self._keys

    def _is_fresh(self, *, is_known: bool) -> bool:
        age = time.monotonic() - self._tried_at
        if self._keys is None:
            return age < RETRY_SECONDS
        return age < (KEYS_LIFE_SECONDS if is_known else REFRESH_SECONDS)

    async def _read_again(self) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                content = await self._read()
            if content != self._content:
                keys = _public_keys(content)
                self._keys, self._content = keys, content
                self._names = frozenset(key.kid for key in keys.keys)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, TypeError, KeyError) as error:
            logger.warning("issuer-keys-unreadable", error=type(error).__name__)
        finally:
            self._tried_at = time.monotonic()

    async def _read(self) -> bytes:
        if self._source.startswith(("http://", "https://")):
            async with httpx.AsyncClient(timeout=READ_SECONDS, follow_redirects=False) as client:
                return (await client.get(self._source)).raise_for_status().content
        return await asyncio.to_thread(Path(self._source).read_bytes)


def _public_keys(content: bytes) -> KeySet:
    """Those of our kinds: an issuer may publish more than what signs our tokens."""
    kinds: dict[str, type[ECKey | OKPKey]] = {"EC": ECKey, "OKP": OKPKey}
    found: list[Any] = []
    for value in orjson.loads(content)["keys"]:
        with suppress(JoseError, ValueError, TypeError, KeyError):
            found.append(kinds[value["kty"]].import_key(value))
    if not found:
        raise ValueError("no key of the kinds that sign tokens")
    return KeySet(found)


class TokenVerifier:
    """Who a token says is calling, checked by the issuer's keys.

    A token in use is checked once: its signature costs more than a small query's Python does.
    """

    def __init__(self, source: str, *, issuer: str, audience: str) -> None:
        self._keys = IssuerKeys(source)
        self._claims = jwt.JWTClaimsRegistry(
            leeway=CLOCK_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._known: dict[bytes, tuple[Caller, float, KeySet]] = {}

    async def verify(self, token: str) -> Caller:
        """InvalidTokenError where it is not good, KeysUnavailableError where nobody can tell."""
        if len(token) > LONGEST_TOKEN:
            raise InvalidTokenError(f"the token is longer than {LONGEST_TOKEN} characters")
        keys = await self._keys.that_may_hold(_key_name(token))
        name = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        known = self._known.get(name)
        if known is not None:
            caller, ends_at, judged_by = known
            if judged_by is keys and time.time() < ends_at:
                return caller
            del self._known[name]
        claims = self._checked(token, keys)
        caller = caller_of(claims)
        if len(self._known) >= TOKENS_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[name] = (caller, claims["exp"] + CLOCK_LEEWAY_SECONDS, keys)
        return caller

    def _checked(self, token: str, keys: KeySet) -> dict[str, Any]:
        try:
            decoded = jwt.decode(token, keys, algorithms=[ALGORITHM, "EdDSA"])
            self._claims.validate(decoded.claims)
        except Exception as error:  # whatever a forged token makes the library trip over
            raise InvalidTokenError("the token is expired, malformed or not from the issuer") from error
        return decoded.claims


def _key_name(token: str) -> str | None:
    """The key that the token names, before anything of it can be believed."""
    head = token.split(".", 1)[0]
    try:
        kid = orjson.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
    except (ValueError, TypeError, KeyError):
        return None
    return kid if isinstance(kid, str) else None


def caller_of(claims: dict[str, Any]) -> Caller:
    """The caller that the claims describe; a role without what narrows it is refused, never widened."""
    client = claims.get("sub")
    if not isinstance(client, str) or not 0 < len(client) <= LONGEST_CLIENT or not client.isprintable():
        raise InvalidTokenError("the token's sub is not the name of a client")
    try:
        role = Role(claims.get("role", ""))
    except ValueError as error:
        raise InvalidTokenError("the token has no known role") from error
    regions = claims.get("regions", [])
    if not isinstance(regions, list) or not all(
        isinstance(region, str) and region in REGIONS for region in regions
    ):
        raise InvalidTokenError("the token's regions are not a list of INSEE codes")
    siren = _siren_of(claims)
    if role in {Role.OPERATOR, Role.PARTNER} and not regions:
        raise InvalidTokenError(f"the role {role.value} needs regions")
    if role in {Role.CAE, Role.FUNDER} and siren is None:
        raise InvalidTokenError(f"the role {role.value} needs a SIREN")
    person = claims.get("person")
    if person is not None and not (isinstance(person, str) and person.isprintable()):
        raise InvalidTokenError("the token's person is not a text")
    return Caller(role=role, client=client, regions=frozenset(regions), siren=siren, person=person)


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
