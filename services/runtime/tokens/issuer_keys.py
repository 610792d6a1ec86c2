"""The issuer's public keys, by which tokens are checked, from a file or a URL."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from services.runtime.logs import logger
from services.runtime.tokens.signing_keys import FileMark, mark_of

READ_SECONDS = 5.0
RETRY_SECONDS = 1.0  # without any keys, how often the issuer is asked for them at most
REFRESH_SECONDS = 30.0  # the same when a token names a key that is not among them
KEYS_LIFE_SECONDS = 600.0  # after this they are read again in any case: a withdrawn key must end
LEAST_RSA_BITS = 2_048


class KeysUnavailableError(Exception):
    """The issuer's keys were never read, so that no token can be judged for now."""


class IssuerKeys:
    """While the issuer cannot be reached, the keys known stay good. A file is read again when it changes."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._file = None if source.startswith(("http://", "https://")) else Path(source)
        self._mark: FileMark | None = None
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
        if self._file is not None and mark_of(self._file) != self._mark:
            return False
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
        if self._file is not None:
            self._mark = mark_of(self._file)
            return await asyncio.to_thread(self._file.read_bytes)
        async with httpx.AsyncClient(timeout=READ_SECONDS, follow_redirects=False) as client:
            return (await client.get(self._source)).raise_for_status().content


def _public_keys(content: bytes) -> KeySet:
    """Those of our kinds: an issuer may publish more than what signs our tokens."""
    kinds: dict[str, type[ECKey | OKPKey | RSAKey]] = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}
    found: list[Any] = []
    for value in orjson.loads(content)["keys"]:
        with suppress(JoseError, ValueError, TypeError, KeyError):
            kind = kinds[value["kty"]]
            if value.get("use", "sig") == "sig" and _is_long_enough(value):
                found.append(kind.import_key(value))
    if not found:
        raise ValueError("no key of the kinds that sign tokens")
    return KeySet(found)


def _is_long_enough(value: dict[str, Any]) -> bool:
    # Six bits in each character of a modulus, which has no leading zeros.
    return value["kty"] != "RSA" or len(value["n"]) * 6 >= LEAST_RSA_BITS
