"""Documents known beforehand, by name: those that a client's build wrote into a manifest."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

APOLLO_FORMAT = "apollo-persisted-query-manifest"


class UnreadableManifestError(Exception):
    """The file holds no manifest, and nothing of it is taken. The message says which file."""


class TrustedDocuments:
    """In either form: Apollo's manifest of persisted queries, or one object of names and documents."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._by_name = {_plain(name): text for name, text in documents.items()}
        # Whoever sends the text asks for it by the hash that names it elsewhere.
        self._by_name |= {sha256(text.encode()).hexdigest(): text for text in documents.values()}
        self._texts = frozenset(documents.values())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises `UnreadableManifestError`, or `OSError`."""
        try:
            content = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as error:
            raise UnreadableManifestError(f"{path}: not JSON: {error}") from error
        return cls(_documents(content, str(path)))

    def __len__(self) -> int:
        return len(self._texts)

    def named(self, name: str) -> str | None:
        return self._by_name.get(_plain(name))

    def has(self, text: str) -> bool:
        return text in self._texts


def _documents(content: Any, file: str) -> dict[str, str]:
    pairs: list[tuple[Any, Any]]
    if not isinstance(content, dict):
        raise UnreadableManifestError(f"{file}: a manifest is one JSON object")
    if content.get("format") == APOLLO_FORMAT:
        operations = content.get("operations")
        if content.get("version") != 1 or not isinstance(operations, list):
            raise UnreadableManifestError(f"{file}: version 1 of Apollo's manifest has a list of operations")
        pairs = [
            (each.get("id"), each.get("body")) if isinstance(each, dict) else (None, None)
            for each in operations
        ]
    else:
        pairs = list(content.items())
    documents = {name: text for name, text in pairs if isinstance(name, str) and isinstance(text, str)}
    if len(documents) != len(pairs):
        raise UnreadableManifestError(f"{file}: every document is a text, by a name of its own")
    return documents


def _plain(name: str) -> str:
    """The same hash is written with and without the name of its function."""
    return name.removeprefix("sha256:")
