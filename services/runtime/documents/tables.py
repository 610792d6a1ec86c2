"""The columns of a document, on each service's own table of them: that table says whose dossier it is of."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, func
from sqlalchemy.orm import Mapped, mapped_column

from services.runtime.privacy.personal_data import Category, Erasure, personal


class DocumentColumns:
    """A purge deletes the row; its file, which no row names any more, goes with the next round."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    label: Mapped[str | None] = mapped_column(info=personal(Category.DOCUMENT, Erasure.ROW))
    name: Mapped[str] = mapped_column(info=personal(Category.DOCUMENT, Erasure.ROW))
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    removed_on: Mapped[date | None]


def document_checks() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("size_bytes > 0", name="size_positive"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_hexadecimal"),
    )
