"""Transfers of CAEs, and the repayments that each covers."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.persistence.tables.base import Base, of_same_cae, recorded_at
from services.loans.persistence.tables.loans import RepaymentRow


class RemittanceRow(Base):
    """`allocated_cents` is kept: what of it was recorded as repayments that were not reversed since."""

    __tablename__ = "remittances"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    reference: Mapped[str]
    received_on: Mapped[date]
    total_cents: Mapped[int]
    allocated_cents: Mapped[int]
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        UniqueConstraint("id", "region", "cae_siren"),
        UniqueConstraint("region", "cae_siren", "reference"),
        Index(None, "region", "id"),
        Index(None, "cae_siren", "id"),
        CheckConstraint("total_cents > 0", name="total_positive"),
        CheckConstraint("allocated_cents BETWEEN 0 AND total_cents", name="allocated_within_total"),
    )


class RemittedRepaymentRow(Base):
    """Append-only; its key refuses that one repayment is of two remittances."""

    __tablename__ = "remitted_repayments"

    repayment_id: Mapped[UUID] = mapped_column(ForeignKey(RepaymentRow.id), primary_key=True)
    remittance_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    amount_cents: Mapped[int]

    __table_args__ = (
        of_same_cae("remittance_id", "remittances"),
        Index(None, "remittance_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )
