"""Repayments that a CAE declares: beside the journal, which knows only what the operator confirmed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.repayment_declaration import DeclarationStatus
from services.loans.persistence.tables.base import Base, of_same_cae, one_of, recorded_at
from services.loans.persistence.tables.loans import RepaymentRow
from services.runtime.privacy.personal_data import Category, Erasure, personal


class RepaymentDeclarationRow(Base):
    """The unique key of `repayment_id` refuses that one repayment answers two declarations."""

    __tablename__ = "repayment_declarations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    amount_cents: Mapped[int]
    paid_on: Mapped[date]
    method: Mapped[str]
    early: Mapped[str | None]
    reference: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    status: Mapped[str]
    repayment_id: Mapped[UUID | None] = mapped_column(ForeignKey(RepaymentRow.id))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        Index(None, "region", "id"),
        Index(None, "cae_siren", "id"),
        Index(None, "loan_id", "id"),
        Index(
            "uq_repayment_declarations_repayment_id",
            "repayment_id",
            unique=True,
            postgresql_where=text("repayment_id IS NOT NULL"),
        ),
        one_of("method", PaymentMethod, "method_known"),
        one_of("early", EarlyMode, "early_known"),
        one_of("status", DeclarationStatus, "status_known"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint(
            "(status = 'confirmed') = (repayment_id IS NOT NULL)", name="confirmed_has_repayment"
        ),
        CheckConstraint("(status = 'declared') = (ended_at IS NULL)", name="ended_has_instant"),
        CheckConstraint("status <> 'rejected' OR ended_reason IS NOT NULL", name="rejected_has_reason"),
    )
