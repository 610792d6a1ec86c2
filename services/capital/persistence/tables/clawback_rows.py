"""What was asked back of paid awards, and what came back, to whom."""

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

from services.capital.domain.schemes import ClawbackRule
from services.capital.persistence.tables.base import Base, digits, one_of
from services.capital.persistence.tables.payment_rows import PaymentLineRow
from services.capital.persistence.tables.scheme_rows import SchemeRow, VersionRow
from services.runtime.privacy.personal_data import Category, Erasure, personal


def _of_its_payment() -> ForeignKeyConstraint:
    """What is taken back is what that payment paid for that top-up."""
    return ForeignKeyConstraint(
        ["payment_id", "top_up_id"], [PaymentLineRow.payment_id, PaymentLineRow.top_up_id]
    )


class ClawbackRow(Base):
    """One of a top-up at most, proposals withdrawn aside. The computation stays beside what is asked for."""

    __tablename__ = "clawbacks"
    __table_args__ = (
        _of_its_payment(),
        UniqueConstraint("id", "top_up_id"),
        Index(
            "uq_clawbacks_top_up_id",
            "top_up_id",
            unique=True,
            postgresql_where=text("withdrawn_on IS NULL"),
        ),
        Index(None, "top_up_id"),
        one_of("rule", ClawbackRule),
        digits("cae_siren", 9),
        CheckConstraint("paid_cents > 0", name="paid_positive"),
        CheckConstraint("unearned_cents BETWEEN 0 AND paid_cents", name="unearned_within_paid"),
        CheckConstraint("computed_cents BETWEEN 0 AND unearned_cents", name="computed_within_unearned"),
        CheckConstraint("amount_cents BETWEEN 1 AND paid_cents", name="amount_within_paid"),
        CheckConstraint("received_cents BETWEEN 0 AND amount_cents", name="received_within_amount"),
        CheckConstraint("received_cents = 0 OR confirmed_on IS NOT NULL", name="received_when_confirmed"),
        CheckConstraint("withdrawn_on IS NULL OR confirmed_on IS NULL", name="withdrawn_before_confirmed"),
        CheckConstraint("waived_on IS NULL OR withdrawn_on IS NULL", name="ends_one_way"),
        CheckConstraint("waived_on IS NULL OR received_cents < amount_cents", name="waived_of_a_rest"),
        CheckConstraint("confirmed_on >= proposed_on", name="confirmed_after_proposed"),
        CheckConstraint("waived_on >= proposed_on", name="waived_after_proposed"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    top_up_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey(SchemeRow.id))
    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id))
    region: Mapped[str]
    cae_siren: Mapped[str]
    rule: Mapped[str]
    paid_cents: Mapped[int]
    unearned_cents: Mapped[int]
    stayed_from: Mapped[date]
    stayed_until: Mapped[date]
    promised_until: Mapped[date | None]
    computed_cents: Mapped[int]
    amount_cents: Mapped[int]
    received_cents: Mapped[int] = mapped_column(server_default=text("0"))
    reason: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    proposed_on: Mapped[date]
    proposed_by_client: Mapped[str]
    proposed_by_person: Mapped[str | None] = mapped_column(info=personal(Category.OFFICER))
    confirmed_on: Mapped[date | None]
    waived_on: Mapped[date | None]
    waiver_reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    withdrawn_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ClawbackReceiptRow(Base):
    """Money that came back for one top-up. Its version's co-funders bore what the payment paid."""

    __tablename__ = "clawback_receipts"
    __table_args__ = (
        _of_its_payment(),
        ForeignKeyConstraint(["clawback_id", "top_up_id"], [ClawbackRow.id, ClawbackRow.top_up_id]),
        Index(None, "clawback_id"),
        Index(None, "payment_id", "version_id"),
        Index(None, "top_up_id"),
        digits("cae_siren", 9),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clawback_id: Mapped[UUID]
    top_up_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey(SchemeRow.id))
    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id))
    region: Mapped[str]
    cae_siren: Mapped[str]
    amount_cents: Mapped[int]
    received_on: Mapped[date]
    reference: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ClawbackPartRow(Base):
    """What of a receipt returned to one co-funder: with its scheme, all that a funder reads of clawbacks."""

    __tablename__ = "clawback_parts"
    __table_args__ = (
        CheckConstraint("amount_cents >= 0", name="amount_not_negative"),
        digits("cae_siren", 9),
        digits("funder_siren", 9),
        Index(None, "funder_siren", "scheme_id"),
    )

    receipt_id: Mapped[UUID] = mapped_column(ForeignKey(ClawbackReceiptRow.id), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    funder_siren: Mapped[str]
    funder_name: Mapped[str]
    amount_cents: Mapped[int]
    region: Mapped[str]
    cae_siren: Mapped[str]
    scheme_id: Mapped[UUID]
