"""What was seen of the capital after the payment, and what was said to be due."""

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
from services.capital.persistence.tables.clawback_rows import ClawbackRow
from services.capital.persistence.tables.payment_rows import PaymentLineRow
from services.runtime.privacy.personal_data import Category, Erasure, personal


def _of_its_payment() -> ForeignKeyConstraint:
    """Months are counted from that payment of that top-up."""
    return ForeignKeyConstraint(
        ["payment_id", "top_up_id"], [PaymentLineRow.payment_id, PaymentLineRow.top_up_id]
    )


class FollowUpRow(Base):
    """An answer stays as it was recorded; a wrong one names the answer that corrects it, of the same top-up.

    The row that it names is written after it: the foreign key is looked at as the transaction ends.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        _of_its_payment(),
        UniqueConstraint("id", "top_up_id"),
        UniqueConstraint("corrected_by"),
        ForeignKeyConstraint(
            ["corrected_by", "top_up_id"],
            ["capital.follow_ups.id", "capital.follow_ups.top_up_id"],
            deferrable=True,
            initially="DEFERRED",
        ),
        Index(None, "top_up_id", "id"),
        Index(
            "uq_follow_ups_one_of_a_day",
            "top_up_id",
            "checked_on",
            unique=True,
            postgresql_where=text("corrected_by IS NULL"),
        ),
        digits("cae_siren", 9),
        CheckConstraint("capital_kept_cents >= 0", name="capital_not_negative"),
        CheckConstraint("proven_months >= 0", name="proven_months_not_negative"),
        CheckConstraint("unearned_cents >= 0", name="unearned_not_negative"),
        CheckConstraint("ended_early = (unearned_cents > 0)", name="ended_early_by_cents"),
        CheckConstraint(
            "left_on IS NULL OR (left_on <= checked_on AND NOT still_member)", name="left_before_the_check"
        ),
        CheckConstraint("capital_withdrawn_on <= checked_on", name="withdrawn_before_the_check"),
        CheckConstraint("corrected_by <> id", name="corrected_by_another"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    top_up_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    checked_on: Mapped[date]
    still_member: Mapped[bool]
    capital_kept_cents: Mapped[int]
    left_on: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))
    capital_withdrawn_on: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))
    evidence: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    proven_months: Mapped[int] = mapped_column(SmallInteger)
    ended_early: Mapped[bool]
    unearned_cents: Mapped[int]
    corrected_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    clawback_id: Mapped[UUID | None] = mapped_column(ForeignKey(ClawbackRow.id))


class FollowUpAnnouncementRow(Base):
    """That a follow-up was said to be due, so many months after a payment: once for each number of them."""

    __tablename__ = "follow_up_announcements"
    __table_args__ = (_of_its_payment(), CheckConstraint("months > 0", name="months_positive"))

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    top_up_id: Mapped[UUID] = mapped_column(primary_key=True)
    months: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    announced_on: Mapped[date]
    region: Mapped[str]
    cae_siren: Mapped[str]
