"""A document of a dossier, whichever service's: its row says all but what it holds."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

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

    @classmethod
    def of(cls, upload: Upload, *, id: UUID, kind: str, label: str | None, at: datetime) -> "Document":  # noqa: A002
        return cls(id, kind, label, upload.name, upload.media_type, upload.size_bytes, upload.sha256, at)


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
