import hashlib
import io
import os
import time
import tracemalloc
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import pytest

from services.runtime.documents.storage import DirectoryStorage
from services.runtime.documents.uploads import shown_name


class Breaking(io.BytesIO):
    """Dies half-way."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 0:
            raise OSError("the disk is full")
        return super().read(10 if size is None else min(size, 10))


def test_what_is_put_is_opened_whole_and_under_its_own_key(tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path, "loans")
    key, other = uuid4(), uuid4()

    stored = storage.put(key, io.BytesIO(b"content"))
    storage.put(other, io.BytesIO(b"content"))

    assert (stored.size_bytes, stored.sha256) == (7, hashlib.sha256(b"content").hexdigest())
    with storage.open(key) as content:
        assert content.read() == b"content"
    assert {kept.key for kept in storage.kept()} == {key, other}
    assert storage.delete(key) is True
    assert storage.delete(key) is False
    with storage.open(other) as content:
        assert content.read() == b"content"
    with pytest.raises(FileNotFoundError):
        storage.open(key)


def test_a_write_that_dies_leaves_nothing_to_open(tmp_path: Path) -> None:
    storage, key = DirectoryStorage(tmp_path, "loans"), uuid4()

    with pytest.raises(OSError, match="full"):
        storage.put(key, Breaking(b"x" * 100))

    assert list(storage.kept()) == []
    with pytest.raises(FileNotFoundError):
        storage.open(key)


def test_what_a_killed_writer_leaves_is_told_with_its_age(tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path, "loans")
    storage.put(uuid4(), io.BytesIO(b"x"))
    left = tmp_path / "loans" / "incoming" / f"{uuid4()}.0123"
    left.write_bytes(b"half")
    os.utime(left, (time.time() - 7_200,) * 2)

    (found,) = (kept for kept in storage.kept() if kept.key is None)

    assert found.age_seconds > 7_000
    storage.discard(found)
    assert not left.exists()


def test_nobody_else_reads_what_is_kept(tmp_path: Path) -> None:
    storage, key = DirectoryStorage(tmp_path / "documents", "loans"), uuid4()
    storage.put(key, io.BytesIO(b"x"))

    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "documents" / "loans").rglob("*")}
    assert modes == {0}


class Endless:
    """A file of so many bytes that none of them stands in memory."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        piece = min(size, self.left)
        self.left -= piece
        return bytes(piece)


def test_memory_stays_flat(tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path, "loans")
    source: BinaryIO = Endless(50_000_000)  # type: ignore[assignment]

    tracemalloc.start()
    stored = storage.put(uuid4(), source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert stored.size_bytes == 50_000_000
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ines\\plan.pdf", "plan.pdf"),
        ("a\u202efdp.exe", "a fdp.exe"),
        ("plan\r\nSet-Cookie: x.pdf", "plan Set-Cookie: x.pdf"),
        ("", "document"),
        ("..", ".."),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_is_only_ever_shown(sent: str, shown: str) -> None:
    assert shown_name(sent) == shown
