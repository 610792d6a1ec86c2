"""Secrets that Essor makes for itself, kept in the state directory for its user alone."""

import os
import secrets
import tempfile
from pathlib import Path


def read_or_make(path: Path, content: bytes | None = None) -> bytes:
    """The file's content; made once, whole or not at all, however many processes ask at the same time."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = content if content is not None else secrets.token_hex(32).encode()
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, fails where another process was faster: its secret is then the one.
        os.link(temporary, path)
    except FileExistsError:
        return path.read_bytes()
    finally:
        Path(temporary).unlink()
    return made
