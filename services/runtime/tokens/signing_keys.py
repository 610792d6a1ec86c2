"""The keys that the local issuer signs with: one at a time, others beside it while their tokens live.

`issuer.json` holds them, `jwks.json` beside it their public halves. Any number of processes share it.
A new key is published first and signs a while later: whoever checks tokens has had the time to read it.
"""

import fcntl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from joserfc.jwk import ECKey

from services.runtime.secret_files import read_or_make, replace

ALGORITHM = "ES256"
LONGEST_LIFE = timedelta(days=31)
# Longer than a verifier waits between two looks for a key that it does not know (`issuer_keys`).
SIGNS_AFTER_SECONDS = 60

FileMark = tuple[int, int, int]


def mark_of(path: Path) -> FileMark | None:
    """Another one whenever the file is another one: a look costs microseconds."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Times are seconds since the epoch; `signs_from` is when it takes over from the key before it."""

    key: ECKey
    made_at: int
    signs_from: int

    @property
    def id(self) -> str:
        return str(self.key.kid)

    def kept(self) -> dict[str, Any]:
        return {"made_at": self.made_at, "signs_from": self.signs_from, "jwk": self.key.as_dict(private=True)}


def signer(keys: Sequence[SigningKey], at: float) -> SigningKey:
    """The newest whose time has come; `keys` are in the order in which they sign."""
    return [key for key in keys if key.signs_from <= at or key is keys[0]][-1]


def ends_at(key: SigningKey, keys: Sequence[SigningKey]) -> float | None:
    """When the last token that it may have signed has ended; None of the newest."""
    later = keys[keys.index(key) + 1 :]
    return later[0].signs_from + LONGEST_LIFE.total_seconds() if later else None


def published(keys: Sequence[SigningKey], at: float) -> list[SigningKey]:
    ends = {key.id: ends_at(key, keys) for key in keys}
    return [key for key in keys if (end := ends[key.id]) is None or at < end]


class SigningKeys:
    """Those of a directory. A new key, made by any process, is used without a restart."""

    def __init__(self, directory: Path) -> None:
        self._secret, self.jwks_path = directory / "issuer.json", directory / "jwks.json"
        self._lock = directory / "issuer.lock"
        made = _contents([_made(int(time.time()), signs_after=0)])
        read_or_make(self._secret, made)
        self._keys, self._mark = self._read()
        if not self._is_published():  # else a directory that may only be read is enough
            with self._locked():
                self._keys, self._mark = self._read()
                self._publish()

    def all(self) -> list[SigningKey]:
        """As the directory has them now, the oldest first."""
        if mark_of(self._secret) not in {self._mark, None}:
            self._keys, self._mark = self._read()
        return self._keys

    def signer(self) -> SigningKey:
        return signer(self.all(), time.time())

    def jwks(self) -> dict[str, Any]:
        return _jwks(published(self.all(), time.time()))

    def rotate(self, *, at_once: bool = False) -> SigningKey:
        """The key that signs next. One that waits for its time already is that key: two rotations make one.

        `at_once` is for a key that was stolen: the new one signs now, and no other is good any more.
        """
        with self._locked():
            keys, _ = self._read()
            now = int(time.time())
            if at_once:
                keys = [_made(now, signs_after=0)]
            elif keys[-1].signs_from <= now:
                keys = [*published(keys, now), _made(now, signs_after=SIGNS_AFTER_SECONDS)]
            self._keys = keys
            self._publish()  # before anything is signed with it
            replace(self._secret, _contents(keys))
            self._mark = mark_of(self._secret)
        return keys[-1]

    def _is_published(self) -> bool:
        try:
            return self.jwks_path.read_bytes() == self._public()
        except FileNotFoundError:
            return False

    def _publish(self) -> None:
        if not self._is_published():
            replace(self.jwks_path, self._public())

    def _public(self) -> bytes:
        return orjson.dumps(_jwks(published(self._keys, time.time())))

    def _read(self) -> tuple[list[SigningKey], FileMark | None]:
        # The mark first: what is written in between is seen as new the next time.
        mark = mark_of(self._secret)
        content = orjson.loads(self._secret.read_bytes())
        if "keys" not in content:  # one key alone, as Essor kept it before it had several
            return [SigningKey(_imported(content), 0, 0)], mark
        keys = [
            SigningKey(_imported(kept["jwk"]), kept["made_at"], kept["signs_from"])
            for kept in content["keys"]
        ]
        return keys, mark

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _made(now: int, *, signs_after: int) -> SigningKey:
    key = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return SigningKey(key, now, now + signs_after)


def _imported(jwk: dict[str, Any]) -> ECKey:
    key = ECKey.import_key(jwk)
    key.ensure_kid()
    return key


def _contents(keys: Sequence[SigningKey]) -> bytes:
    return orjson.dumps({"keys": [key.kept() for key in keys]})


def _jwks(keys: Sequence[SigningKey]) -> dict[str, Any]:
    return {"keys": [key.key.as_dict(private=False) for key in keys]}
