"""Bearer tokens: JWTs of the local issuer, or of any issuer whose public keys can be read.

Claims: `iss`, `aud`, `sub` (the client), `exp`, `iat`, `role`, and by role `regions` (list of INSEE codes),
`siren`, `person`; settings say what another issuer calls them.
"""

import hashlib
import time
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import UnsupportedAlgorithmError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.runtime.settings import Settings
from services.runtime.tokens.claims import ClaimNames, InvalidTokenError, caller_of
from services.runtime.tokens.issuer_keys import IssuerKeys, KeysUnavailableError
from services.runtime.tokens.signing_keys import ALGORITHM, LONGEST_LIFE, SigningKeys

__all__ = [
    "LONGEST_LIFE",
    "InvalidTokenError",
    "KeysUnavailableError",
    "LocalIssuer",
    "TokenVerifier",
    "caller_of",
    "local_issuer",
    "verifier",
]

CLOCK_LEEWAY_SECONDS = 30
LONGEST_TOKEN = 8_192
TOKENS_REMEMBERED = 1_024


class LocalIssuer:
    """Signs tokens with keys of its own in `directory`; their public halves are `jwks.json` beside them."""

    def __init__(self, directory: Path, *, issuer: str, audience: str) -> None:
        self._issuer, self._audience = issuer, audience
        self.keys = SigningKeys(directory)
        self.jwks_path = self.keys.jwks_path

    def jwks(self) -> dict[str, Any]:
        return self.keys.jwks()

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
        signer = self.keys.signer()
        return jwt.encode({"alg": ALGORITHM, "kid": signer.id}, claims, signer.key)


class Signatures(JWSRegistry):
    """Those that are accepted, by the names that issuers still write, and headers as long as theirs are.

    A header that we do not know is ignored, as the specification asks, unless it says that it is critical.
    """

    max_header_length = LONGEST_TOKEN

    def __init__(self, accepted: Sequence[str]) -> None:
        super().__init__(algorithms=list(accepted), strict_check_header=False)
        self._accepted = {name: self.algorithms[name] for name in accepted}

    def get_alg(self, name: str) -> JWSAlgModel:
        if name not in self._accepted:
            raise UnsupportedAlgorithmError(f"no token of ours is signed by {name}")
        return self._accepted[name]


class TokenVerifier:
    """Who a token says is calling, checked by the issuer's keys.

    A token in use is checked once: its signature costs more than a small query's Python does.
    """

    def __init__(
        self,
        source: str,
        *,
        issuer: str,
        audience: str,
        algorithms: Sequence[str] = (ALGORITHM, "EdDSA"),
        names: ClaimNames | None = None,
    ) -> None:
        self._keys = IssuerKeys(source)
        self._signatures, self._names = Signatures(algorithms), names or ClaimNames()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=CLOCK_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
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
        caller = caller_of(claims, self._names)
        if len(self._known) >= TOKENS_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[name] = (caller, claims["exp"] + CLOCK_LEEWAY_SECONDS, keys)
        return caller

    def _checked(self, token: str, keys: KeySet) -> dict[str, Any]:
        try:
            decoded = jwt.decode(token, keys, registry=self._signatures)
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


def local_issuer(settings: Settings) -> LocalIssuer:
    return LocalIssuer(settings.keys_directory, issuer=settings.issuer, audience=settings.audience)


def verifier(settings: Settings) -> TokenVerifier:
    """Another issuer's claims are mapped by settings; those of ours are what they are."""
    algorithms = settings.token_algorithms.split(",")
    if settings.jwks is not None:
        return TokenVerifier(
            settings.jwks,
            issuer=settings.issuer,
            audience=settings.audience,
            algorithms=algorithms,
            names=ClaimNames.of(settings),
        )
    source = str(local_issuer(settings).jwks_path)
    return TokenVerifier(source, issuer=settings.issuer, audience=settings.audience)
