"""A document of a dossier, whichever service's: its row says all but what it holds."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from services.kernel.language import Word
from services.runtime.documents.storage import Storage
from services.runtime.documents.uploads import Upload
from services.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Document:
    """`kind` is a word of the service that keeps it. Once removed, its row stays and its content goes."""

    id: UUID
    kind: str
    label: str | None
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    removed_on: date | None = None


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Of one document, and of all those of one dossier."""

    most_bytes: int
    most_bytes_of_dossier: int
    most_of_dossier: int

    @classmethod
    def of(cls, settings: Settings) -> "DocumentLimits":
        return cls(
            settings.document_bytes, settings.documents_of_dossier_bytes, settings.documents_of_dossier
        )


async def stored(upload: Upload, storage: Storage, *, id: UUID, kind: Word, label: str | None) -> Document:  # noqa: A002
    """Its content is durable now; what dies before its row is committed leaves a content without a row."""
    kept = await asyncio.to_thread(storage.put, id, upload.file)
    if (kept.size_bytes, kept.sha256) != (upload.size_bytes, upload.sha256):
        raise OSError(f"document {id} was not stored as it was sent")
    return Document(
        id,
        kind.value,
        label,
        upload.name,
        upload.media_type,
        upload.size_bytes,
        upload.sha256,
        datetime.now(UTC),
    )
