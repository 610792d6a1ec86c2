"""Where the contents of documents are kept: one small interface, and a directory as what stands behind it.

A content is stored under its document's id, once and for all: what is purged deletes its own file only.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from services.runtime.documents.uploads import CHUNK_BYTES

INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Stored:
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """`key` is None for what was being written when its writer died."""

    key: UUID | None
    path: str
    age_seconds: float


class Storage(Protocol):
    """Called in a thread of its own: each of these waits for a disk or for a network."""

    def put(self, key: UUID, source: BinaryIO) -> Stored:
        """Whole and durable when it returns; before, nobody sees anything of it."""

    def open(self, key: UUID) -> BinaryIO:
        """`FileNotFoundError` where there is none."""

    def delete(self, key: UUID) -> bool:
        """Whether there was one."""

    def kept(self) -> Iterator[Kept]:
        """All that is there, what was left half-way included."""

    def discard(self, kept: Kept) -> None:
        """Removes what `kept` told of."""


class DirectoryStorage:
    """Files of one service, 256 folders of them. On several machines it is a directory that they share."""

    def __init__(self, root: Path, service: str) -> None:
        self._root = root / service

    def put(self, key: UUID, source: BinaryIO) -> Stored:
        place = self._place(key)
        for folder in (self._root / INCOMING, place.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        incoming = self._root / INCOMING / f"{key}.{secrets.token_hex(8)}"
        try:
            stored = _write(incoming, source)
            incoming.rename(place)
        except BaseException:
            with suppress(FileNotFoundError):
                incoming.unlink()
            raise
        _make_durable(place.parent)
        return stored

    def open(self, key: UUID) -> BinaryIO:
        return self._place(key).open("rb")

    def delete(self, key: UUID) -> bool:
        try:
            self._place(key).unlink()
        except FileNotFoundError:
            return False
        return True

    def kept(self) -> Iterator[Kept]:
        now = time.time()
        for path in sorted(self._root.glob("*/*")):
            with suppress(FileNotFoundError):  # deleted since it was listed
                yield Kept(_key_of(path), str(path), now - path.stat().st_mtime)

    def discard(self, kept: Kept) -> None:
        Path(kept.path).unlink(missing_ok=True)

    def _place(self, key: UUID) -> Path:
        # An id begins with its instant: its end spreads files evenly.
        return self._root / key.hex[-2:] / str(key)


def _write(path: Path, source: BinaryIO) -> Stored:
    digest, size_bytes = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := source.read(CHUNK_BYTES):
            digest.update(piece)
            size_bytes += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return Stored(size_bytes, digest.hexdigest())


def _make_durable(folder: Path) -> None:
    """A rename is on disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _key_of(path: Path) -> UUID | None:
    if path.parent.name == INCOMING:
        return None
    try:
        return UUID(path.name)
    except ValueError:
        return None
