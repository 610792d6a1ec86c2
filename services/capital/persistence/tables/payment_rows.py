"""What was paid to CAEs, and by whom."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.persistence.tables.base import Base, digits
from services.capital.persistence.tables.scheme_rows import SchemeRow, VersionRow
from services.capital.persistence.tables.top_up_rows import TopUpRow


class PaymentRow(Base):
    __tablename__ = "payments"
    __table_args__ = (
        Index(None, "region", "id"),
        Index("ix_payments_scheme_cae", "scheme_id", "cae_siren", "id"),
        digits("cae_siren", 9),
        CheckConstraint("total_cents > 0", name="total_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey(SchemeRow.id))
    region: Mapped[str]
    cae_siren: Mapped[str]
    paid_on: Mapped[date]
    reference: Mapped[str]
    total_cents: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PaymentReversalRow(Base):
    """That a payment came back, once. Its lines and parts stay, and name it.

    `reason` is of a batch for several people, and names none of them.
    """

    __tablename__ = "payment_reversals"
    __table_args__ = (
        UniqueConstraint("payment_id"),
        UniqueConstraint("id", "payment_id"),
        digits("cae_siren", 9),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id))
    region: Mapped[str]
    cae_siren: Mapped[str]
    reversed_on: Mapped[date]
    reason: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def _of_its_payment() -> ForeignKeyConstraint:
    """The reversal that a row names is that of the row's own payment."""
    return ForeignKeyConstraint(
        ["reversal_id", "payment_id"], [PaymentReversalRow.id, PaymentReversalRow.payment_id]
    )


class PaymentLineRow(Base):
    """One top-up of a payment; a top-up is paid once, unless the payment came back."""

    __tablename__ = "payment_lines"
    __table_args__ = (
        _of_its_payment(),
        Index(
            "uq_payment_lines_top_up_id",
            "top_up_id",
            unique=True,
            postgresql_where=text("reversal_id IS NULL"),
        ),
        Index(None, "top_up_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )

    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id), primary_key=True)
    top_up_id: Mapped[UUID] = mapped_column(ForeignKey(TopUpRow.id), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id))
    amount_cents: Mapped[int]
    region: Mapped[str]
    cae_siren: Mapped[str]
    reversal_id: Mapped[UUID | None]


class PaymentPartRow(Base):
    """One co-funder's part of a payment: with its scheme, all that a funder reads of payments."""

    __tablename__ = "payment_parts"
    __table_args__ = (
        _of_its_payment(),
        CheckConstraint("amount_cents >= 0", name="amount_not_negative"),
        digits("funder_siren", 9),
        Index(None, "funder_siren", "scheme_id"),
    )

    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    funder_siren: Mapped[str]
    funder_name: Mapped[str]
    amount_cents: Mapped[int]
    region: Mapped[str]
    cae_siren: Mapped[str]
    scheme_id: Mapped[UUID]
    reversal_id: Mapped[UUID | None]
