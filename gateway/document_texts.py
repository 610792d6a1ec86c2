"""Which document a request means: one that it brings, one that is trusted, or one that it told before."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from graphql import GraphQLError

from gateway.documents import Kept, RequestRefusedError

if TYPE_CHECKING:
    from gateway.http_requests import GraphQLRequest
    from gateway.trusted_documents import TrustedDocuments

LONGEST_KEPT = 8_000_000
"""Characters of all that clients told."""


class DocumentTexts:
    """`only_trusted` refuses every document that is not among the trusted.

    Automatic persisted queries, as Apollo's clients speak them: a client sends the hash of its document; if
    it is not known here, it is told so and sends both.
    """

    def __init__(self, trusted: TrustedDocuments | None, *, only_trusted: bool, told: int) -> None:
        """`told` is how many documents are kept that clients told; 0 keeps none."""
        self._trusted = trusted
        self.only_trusted = only_trusted
        self._is_open = told > 0 and not only_trusted
        self._told: Kept[str, str] = Kept(count=max(told, 1), weight=LONGEST_KEPT)

    def text_of(self, asked: GraphQLRequest) -> str:
        """Raises `RequestRefusedError`."""
        if asked.persisted_hash is not None:
            return self._persisted(asked.query, asked.persisted_hash)
        if asked.document_id is not None:
            text = self._trusted_by(asked.document_id)
            if text is None or (asked.query and asked.query != text):
                raise _refusal("No trusted document has this name.", "DOCUMENT_NOT_FOUND")
            return text
        if self.only_trusted and (self._trusted is None or not self._trusted.has(asked.query)):
            raise _refusal("Only trusted documents are carried out here.", "DOCUMENT_NOT_TRUSTED")
        return asked.query

    def keep(self, asked: GraphQLRequest) -> None:
        """Once its document has proved valid: what is not is kept by nobody."""
        if self._is_open and asked.persisted_hash is not None and asked.query:
            self._told.put(asked.persisted_hash.lower(), asked.query, len(asked.query))

    def _trusted_by(self, name: str) -> str | None:
        """A name is taken as it is; a hash is the same in capitals."""
        if self._trusted is None:
            return None
        return self._trusted.named(name) or self._trusted.named(name.lower())

    def _persisted(self, query: str, digest: str) -> str:
        trusted = self._trusted_by(digest)
        if query:
            if sha256(query.encode()).hexdigest() != digest.lower() and query != trusted:
                raise _refusal("The hash is not that of the document.", "PERSISTED_QUERY_HASH_MISMATCH")
            if self.only_trusted and query != trusted:
                raise _refusal("Only trusted documents are carried out here.", "DOCUMENT_NOT_TRUSTED")
            return query
        if trusted is not None:
            return trusted
        if self.only_trusted:
            raise _refusal("Only trusted documents are carried out here.", "DOCUMENT_NOT_TRUSTED")
        if not self._is_open:
            raise _refusal("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
        told = self._told.get(digest.lower())
        if told is None:
            # In these words: clients go by them.
            raise _refusal("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        return told


def _refusal(message: str, code: str) -> RequestRefusedError:
    return RequestRefusedError([GraphQLError(message)], code)
