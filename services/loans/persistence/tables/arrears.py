"""What follows a missed instalment, and what the daily close has told of it.

Every key that begins with a loan says how often something may be told of it: once.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.borrower_contacts import Counterpart
from services.loans.domain.reminders import Channel, ReminderStatus
from services.loans.persistence.tables.base import Base, of_same_cae, of_same_region, one_of, recorded_at
from services.runtime.privacy.personal_data import Category, personal


class ReminderPlanRow(Base):
    __tablename__ = "reminder_plans"

    fund_id: Mapped[UUID] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    region: Mapped[str]
    notice_days: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        CheckConstraint("notice_days >= 0", name="notice_not_negative"),
    )


class ReminderStepRow(Base):
    __tablename__ = "reminder_steps"

    fund_id: Mapped[UUID] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    region: Mapped[str]
    channel: Mapped[str]
    label: Mapped[str]

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        ForeignKeyConstraint(
            ["fund_id", "valid_from"], ["loans.reminder_plans.fund_id", "loans.reminder_plans.valid_from"]
        ),
        one_of("channel", Channel, "channel_known"),
        CheckConstraint("days > 0", name="days_positive"),
    )


class DailyCloseRow(Base):
    """A region's day: `after_loan_id` is how far its close has come, `closed_at` that it is done."""

    __tablename__ = "daily_closes"

    region: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    is_first: Mapped[bool]
    started_at: Mapped[datetime]
    after_loan_id: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    due_count: Mapped[int] = mapped_column(server_default=text("0"))
    overdue_count: Mapped[int] = mapped_column(server_default=text("0"))
    reminder_count: Mapped[int] = mapped_column(server_default=text("0"))
    cancelled_reminder_count: Mapped[int] = mapped_column(server_default=text("0"))
    broken_promise_count: Mapped[int] = mapped_column(server_default=text("0"))
    lapsed_offer_count: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        CheckConstraint("closed_at >= started_at", name="closed_after_start"),
        Index(
            "uq_daily_closes_unfinished",
            "region",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )


class InstalmentNoticeRow(Base):
    """An instalment of that due date was found due, or overdue; `is_told` is false of a loan's past."""

    __tablename__ = "instalment_notices"

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_overdue: Mapped[bool] = mapped_column(primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    announced_on: Mapped[date]
    is_told: Mapped[bool]

    __table_args__ = (of_same_cae("loan_id", "loans"),)


class ArrearsSpellRow(Base):
    """An unbroken time of arrears; a loan has one at a time."""

    __tablename__ = "arrears_spells"

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    opened_on: Mapped[date] = mapped_column(primary_key=True)
    unpaid_since: Mapped[date]
    region: Mapped[str]
    cae_siren: Mapped[str]
    steps_after: Mapped[int] = mapped_column(server_default=text("0"))
    ended_on: Mapped[date | None]

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        Index("uq_arrears_spells_open", "loan_id", unique=True, postgresql_where=text("ended_on IS NULL")),
        CheckConstraint("unpaid_since < opened_on", name="late_when_opened"),
        CheckConstraint("ended_on >= opened_on", name="ended_after_opened"),
    )


class ReminderRow(Base):
    __tablename__ = "reminders"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    fund_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    opened_on: Mapped[date]
    unpaid_since: Mapped[date]
    days: Mapped[int] = mapped_column(SmallInteger)
    channel: Mapped[str]
    label: Mapped[str]
    due_on: Mapped[date]
    status: Mapped[str]
    done_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    cancelled_on: Mapped[date | None]
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        of_same_region("fund_id", "funds"),
        ForeignKeyConstraint(
            ["loan_id", "opened_on"], ["loans.arrears_spells.loan_id", "loans.arrears_spells.opened_on"]
        ),
        UniqueConstraint("loan_id", "opened_on", "days"),
        Index(None, "region", "status", "due_on", "id"),
        Index(None, "cae_siren", "status", "due_on", "id"),
        one_of("channel", Channel, "channel_known"),
        one_of("status", ReminderStatus, "status_known"),
        CheckConstraint("days > 0", name="days_positive"),
        CheckConstraint("(status = 'done') = (done_on IS NOT NULL)", name="done_has_day"),
        CheckConstraint("(status = 'cancelled') = (cancelled_on IS NOT NULL)", name="cancelled_has_day"),
    )


class BorrowerContactRow(Base):
    __tablename__ = "borrower_contacts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    contacted_on: Mapped[date]
    channel: Mapped[str]
    counterpart: Mapped[str]
    note: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        Index(None, "loan_id", "id"),
        one_of("channel", Channel, "channel_known"),
        one_of("counterpart", Counterpart, "counterpart_known"),
    )


class PaymentPromiseRow(Base):
    """Kept or broken is not kept here: repayments say so. `broken_told_on` is when a close said it."""

    __tablename__ = "payment_promises"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    promised_on: Mapped[date]
    due_on: Mapped[date]
    amount_cents: Mapped[int]
    note: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    broken_told_on: Mapped[date | None]
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        Index(None, "loan_id", "id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("promised_on <= due_on", name="dates_in_order"),
        CheckConstraint("broken_told_on > due_on", name="told_after_due"),
    )
