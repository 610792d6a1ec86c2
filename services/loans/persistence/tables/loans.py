"""Loans, their shares, schedules and repayments."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.loan import LoanStatus, LossCause
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.persistence.tables.base import (
    Base,
    of_same_cae,
    of_same_region,
    of_settings,
    one_of,
    recorded_at,
)
from services.loans.persistence.tables.borrowers import BorrowerColumns, borrower_checks
from services.loans.persistence.tables.funds import FunderRow
from services.runtime.privacy.personal_data import Category, Erasure, personal


class LoanRow(BorrowerColumns, Base):
    """`repaid`, `written_off` and `recovered` are kept: they equal the journal, and a command proves it.

    `principal_cents` is what has left of `granted_cents`. `next_due_on` is the due date of the first
    instalment not wholly paid; `in_order_from` the first day from which a new repayment is the last fact.
    `figures_stale`: the kept figures do not stand for the loan as it is; a trigger sets it.
    """

    __tablename__ = "loans"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    application_id: Mapped[UUID | None] = mapped_column(unique=True)
    number: Mapped[str]
    principal_cents: Mapped[int]
    granted_cents: Mapped[int]
    instalment_count: Mapped[int] = mapped_column(SmallInteger)
    months: Mapped[int] = mapped_column(SmallInteger)
    grace_months: Mapped[int] = mapped_column(SmallInteger)
    disbursed_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    settings_version: Mapped[int | None] = mapped_column(SmallInteger)
    schedule_version: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    next_due_on: Mapped[date | None]
    in_order_from: Mapped[date]
    status: Mapped[str]
    repaid_cents: Mapped[int] = mapped_column(server_default=text("0"))
    written_off_cents: Mapped[int] = mapped_column(server_default=text("0"))
    recovered_cents: Mapped[int] = mapped_column(server_default=text("0"))
    written_off_on: Mapped[date | None]
    written_off_reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    written_off_cause: Mapped[str | None]
    figures_stale: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        *borrower_checks(),
        of_same_region("fund_id", "funds"),
        of_same_cae("application_id", "applications"),
        of_settings("settings_version"),
        UniqueConstraint("id", "region", "cae_siren"),
        UniqueConstraint("fund_id", "number"),
        Index(None, "region", "id"),
        Index(None, "fund_id", "id"),
        Index(None, "cae_siren", "id"),
        Index(None, "entrepreneur_id"),
        Index(
            "ix_loans_figures_stale",
            "fund_id",
            "disbursed_on",
            "id",
            postgresql_where=text("figures_stale"),
        ),
        Index(None, "region", "next_due_on", "id", postgresql_where=text("next_due_on IS NOT NULL")),
        Index(None, "region", "principal_cents", "id"),
        Index(
            "ix_loans_region_outstanding_id",
            "region",
            text("(principal_cents - repaid_cents - written_off_cents)"),
            "id",
        ),
        one_of("status", LoanStatus, "status_known"),
        CheckConstraint(
            "(settings_version IS NULL) = (application_id IS NULL)", name="settings_unless_imported"
        ),
        CheckConstraint("principal_cents > 0", name="principal_positive"),
        CheckConstraint("principal_cents <= granted_cents", name="principal_within_grant"),
        CheckConstraint("instalment_count > 0", name="instalments_positive"),
        CheckConstraint("months > 0 AND grace_months >= 0", name="months_positive"),
        CheckConstraint("repaid_cents >= 0 AND written_off_cents >= 0", name="balances_not_negative"),
        CheckConstraint("repaid_cents + written_off_cents <= principal_cents", name="never_below_zero"),
        CheckConstraint("recovered_cents BETWEEN 0 AND written_off_cents", name="recovered_within_loss"),
        CheckConstraint(
            "(status = 'repaid') = (repaid_cents = principal_cents)",
            name="repaid_is_whole",
        ),
        CheckConstraint(
            "(status = 'written_off') = (written_off_cents > 0)"
            " AND (written_off_on IS NOT NULL OR written_off_cents = 0)"
            " AND (written_off_on IS NULL OR repaid_cents + written_off_cents = principal_cents)",
            name="loss_is_whole",
        ),
        CheckConstraint("written_off_on >= disbursed_on", name="loss_after_disbursement"),
        one_of("written_off_cause", LossCause, "loss_cause_known"),
        CheckConstraint("(written_off_on IS NULL) = (written_off_cause IS NULL)", name="loss_has_a_cause"),
    )


class LoanShareRow(Base):
    """One funder's part of a loan, frozen at its disbursement, and what became of it."""

    __tablename__ = "loan_shares"

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    funder_id: Mapped[UUID] = mapped_column(ForeignKey(FunderRow.id), primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    principal_cents: Mapped[int]
    weight_cents: Mapped[int]
    credited_cents: Mapped[int] = mapped_column(server_default=text("0"))
    lost_cents: Mapped[int] = mapped_column(server_default=text("0"))
    recovered_cents: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        Index(None, "funder_id"),
        CheckConstraint("principal_cents >= 0 AND weight_cents > 0", name="principal_positive"),
        CheckConstraint("principal_cents <= weight_cents", name="principal_within_weight"),
        CheckConstraint("credited_cents BETWEEN 0 AND principal_cents", name="credited_within_part"),
        CheckConstraint("lost_cents BETWEEN 0 AND credited_cents", name="lost_within_credited"),
        CheckConstraint("recovered_cents BETWEEN 0 AND lost_cents", name="recovered_within_lost"),
    )


class InstalmentRow(Base):
    """`cumulative_cents` sums the version's instalments up to this one: arrears at any date are plain SQL."""

    __tablename__ = "instalments"

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    due_on: Mapped[date]
    amount_cents: Mapped[int]
    cumulative_cents: Mapped[int]

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("cumulative_cents >= amount_cents", name="cumulative_includes_amount"),
    )


class RepaymentRow(Base):
    """Never edited or deleted: what bounced has a reversal beside it."""

    __tablename__ = "repayments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    recorded_rank: Mapped[int] = mapped_column(SmallInteger)
    amount_cents: Mapped[int]
    paid_on: Mapped[date]
    method: Mapped[str]
    early: Mapped[str | None]
    reference: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        UniqueConstraint("loan_id", "recorded_rank"),
        one_of("method", PaymentMethod, "method_known"),
        one_of("early", EarlyMode, "early_known"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )


class ReversalRow(Base):
    """A repayment that bounced; the unique key is what refuses a second reversal under any concurrency."""

    __tablename__ = "reversals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    repayment_id: Mapped[UUID] = mapped_column(ForeignKey(RepaymentRow.id), unique=True)
    loan_id: Mapped[UUID] = mapped_column(index=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    amount_cents: Mapped[int]
    reversed_on: Mapped[date]
    reason: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )


class RecoveryRow(Base):
    """Money that came after the loss."""

    __tablename__ = "recoveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID] = mapped_column(index=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    amount_cents: Mapped[int]
    received_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )
