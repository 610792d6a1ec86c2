"""Secrets that Essor makes for itself, kept in the state directory for its user alone."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def read_or_make(path: Path, content: bytes | None = None) -> bytes:
    """The file's content; made once, whole or not at all, however many processes ask at the same time."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    made = content if content is not None else secrets.token_hex(32).encode()
    with _written(path, made) as temporary:
        try:
            # A link, unlike a rename, fails where another process was faster: its secret is then the one.
            os.link(temporary, path)
        except FileExistsError:
            return path.read_bytes()
    return made


def replace(path: Path, content: bytes) -> None:
    """The file's new content, seen whole or not at all."""
    with _written(path, content) as temporary:
        temporary.replace(path)


@contextmanager
def _written(path: Path, content: bytes) -> Iterator[Path]:
    """`content` on the disk beside `path`, and whatever the block makes of it kept there too."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
        _keep_names(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _keep_names(directory: Path) -> None:
    # Without this a power cut may forget the name of a file whose content is safe.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
