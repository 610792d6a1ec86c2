"""Documents that prove what a top-up's dossier says."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.domain.evidence import EvidenceKind
from services.capital.persistence.tables.base import Base, one_of
from services.capital.persistence.tables.top_up_rows import TopUpRow
from services.runtime.documents.tables import DocumentColumns, document_checks


class DocumentRow(DocumentColumns, Base):
    __tablename__ = "documents"
    __table_args__ = (Index(None, "top_up_id", "id"), one_of("kind", EvidenceKind), *document_checks())

    top_up_id: Mapped[UUID] = mapped_column(ForeignKey(TopUpRow.id))
    region: Mapped[str]
    cae_siren: Mapped[str]
