"""Secrets as they are kept: an argon2id hash of each, never the secret itself."""

import secrets
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PREFIX = "essor_"  # whoever searches files for leaked secrets recognises ours
# A secret is 256 random bits, which no guessing finds: the least that OWASP advises (19 MiB) is enough, and
# anyone who floods the door costs a third of what the library's own choice would.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
MOST_GOOD_AT_ONCE = 2
NOBODYS = HASHER.hash(secrets.token_urlsafe(32))


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    return HASHER.hash(secret)


def proves(secret: str, hashes: Sequence[str]) -> bool:
    """Whether it is one of those. Whoever fails waits for as long, whether there are two, one or none."""
    kept = [*hashes, *[NOBODYS] * MOST_GOOD_AT_ONCE][:MOST_GOOD_AT_ONCE]
    return any(_is(secret, one) for one in kept)


def _is(secret: str, kept: str) -> bool:
    try:
        return HASHER.verify(kept, secret) and kept != NOBODYS
    except (VerificationError, InvalidHashError):
        return False
