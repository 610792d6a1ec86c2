"""The facts that a loan's schedule is made of, and the versions that they give."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.life.facts import ChangeKind
from services.loans.domain.life.versions import ScheduleCause
from services.loans.persistence.tables.base import Base, of_same_cae, one_of, recorded_at
from services.runtime.privacy.personal_data import Category, Erasure, personal


class TrancheRow(Base):
    """A part of the principal that left the fund; never edited."""

    __tablename__ = "tranches"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    recorded_rank: Mapped[int] = mapped_column(SmallInteger)
    amount_cents: Mapped[int]
    disbursed_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        UniqueConstraint("loan_id", "recorded_rank"),
        Index("ix_tranches_further", "loan_id", postgresql_where=text("recorded_rank > 1")),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )


class TrancheEndRow(Base):
    """No further tranche will leave: what has left is the loan. Never edited."""

    __tablename__ = "tranche_ends"

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    ended_on: Mapped[date]
    reason: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (of_same_cae("loan_id", "loans"),)


class ScheduleChangeRow(Base):
    """What an officer decided of a schedule; never edited. `months`: new instalments, or months of pause."""

    __tablename__ = "schedule_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    recorded_rank: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    effective_on: Mapped[date]
    months: Mapped[int | None] = mapped_column(SmallInteger)
    noticed_on: Mapped[date | None]
    is_plan: Mapped[bool] = mapped_column(server_default=text("false"))
    reason: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        UniqueConstraint("loan_id", "recorded_rank"),
        UniqueConstraint("loan_id", "effective_on"),
        one_of("kind", ChangeKind, "kind_known"),
        CheckConstraint("(kind = 'acceleration') = (months IS NULL)", name="months_unless_acceleration"),
        CheckConstraint("months > 0", name="months_positive"),
        CheckConstraint("noticed_on <= effective_on", name="notice_comes_first"),
    )


class ScheduleVersionRow(Base):
    """What the facts give: laid out again when one arrives late. Its instalments carry the same version."""

    __tablename__ = "schedule_versions"

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    effective_on: Mapped[date]
    cause: Mapped[str]
    fact_id: Mapped[UUID | None]

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        one_of("cause", ScheduleCause, "cause_known"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("(version = 1) = (cause = 'disbursement')", name="first_is_of_the_disbursement"),
        CheckConstraint("(cause = 'disbursement') = (fact_id IS NULL)", name="fact_named"),
    )
