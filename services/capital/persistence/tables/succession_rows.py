"""CAEs that merged into others, and whose each dossier was before."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.persistence.tables.base import Base, digits
from services.capital.persistence.tables.top_up_rows import TopUpRow


class SuccessionRow(Base):
    """A company is succeeded once in a region."""

    __tablename__ = "successions"
    __table_args__ = (
        UniqueConstraint("region", "from_siren"),
        Index(None, "to_siren"),
        digits("from_siren", 9),
        digits("to_siren", 9),
        digits("to_siret", 14),
        CheckConstraint("left(to_siret, 9) = to_siren", name="siret_of_siren"),
        CheckConstraint("from_siren <> to_siren", name="by_another"),
        CheckConstraint("top_ups >= 0 AND taken_cents >= 0", name="taken_not_negative"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    from_siren: Mapped[str]
    to_siren: Mapped[str]
    to_siret: Mapped[str]
    to_name: Mapped[str]
    effective_on: Mapped[date]
    reason: Mapped[str]
    top_ups: Mapped[int]
    taken_cents: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FormerCaeRow(Base):
    """Whose a dossier was until a succession: the beneficiary of what was decided before it."""

    __tablename__ = "former_caes"
    __table_args__ = (digits("former_siret", 14),)

    top_up_id: Mapped[UUID] = mapped_column(ForeignKey(TopUpRow.id), primary_key=True)
    succession_id: Mapped[UUID] = mapped_column(ForeignKey(SuccessionRow.id), primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    former_siret: Mapped[str]
    former_name: Mapped[str]
    effective_on: Mapped[date]
