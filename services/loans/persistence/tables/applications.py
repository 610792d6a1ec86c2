"""Applications and what the committee decided of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.application import ApplicationStatus
from services.loans.domain.committee import Outcome
from services.loans.persistence.tables.base import (
    Base,
    of_same_cae,
    of_same_region,
    of_settings,
    one_of,
    recorded_at,
)
from services.loans.persistence.tables.borrowers import BorrowerColumns, borrower_checks
from services.runtime.privacy.personal_data import Category, Erasure, personal

STATUSES = [status for status in ApplicationStatus if status is not ApplicationStatus.DRAFT]
"""A draft is another table's: what is not yet valid must not loosen what is."""


class ApplicationRow(BorrowerColumns, Base):
    """`ended_on` is the day of its end, or the first on which a lapsed offer no longer stood."""

    __tablename__ = "applications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    number: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(info=personal(Category.CONTACT))
    phone: Mapped[str | None] = mapped_column(info=personal(Category.CONTACT))
    birth_date: Mapped[date | None] = mapped_column(info=personal(Category.BIRTH))
    address: Mapped[str | None] = mapped_column(info=personal(Category.CONTACT))
    cape_started_on: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))
    cape_ended_on: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))
    bank_iban: Mapped[str | None] = mapped_column(info=personal(Category.BANK))
    bank_bic: Mapped[str | None] = mapped_column(info=personal(Category.BANK))
    bank_holder: Mapped[str | None] = mapped_column(info=personal(Category.BANK))
    asked_amount_cents: Mapped[int]
    asked_months: Mapped[int] = mapped_column(SmallInteger)
    asked_grace_months: Mapped[int] = mapped_column(SmallInteger)
    purpose: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    submitted_on: Mapped[date | None]
    submission_settings_version: Mapped[int | None] = mapped_column(SmallInteger)
    status: Mapped[str]
    signed_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    ended_reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        *borrower_checks(),
        of_same_region("fund_id", "funds"),
        of_settings("submission_settings_version"),
        UniqueConstraint("id", "region", "cae_siren"),
        UniqueConstraint("fund_id", "number"),
        Index(None, "region", "id"),
        Index(None, "fund_id", "id"),
        Index(None, "cae_siren", "id"),
        Index(None, "entrepreneur_id"),
        Index("ix_applications_offers", "fund_id", "id", postgresql_where=text("status = 'approved'")),
        one_of("status", STATUSES, "status_known"),
        CheckConstraint("asked_amount_cents > 0", name="amount_positive"),
        CheckConstraint("asked_months > 0 AND asked_grace_months >= 0", name="months_positive"),
        CheckConstraint("(bank_iban IS NULL) = (bank_holder IS NULL)", name="bank_whole"),
        CheckConstraint("cape_started_on <= cape_ended_on", name="cape_dates_in_order"),
        CheckConstraint(
            "(status IN ('withdrawn', 'declined', 'lapsed', 'cancelled')) = (ended_on IS NOT NULL)",
            name="ended_has_date",
        ),
        CheckConstraint(
            "(status IN ('signed', 'disbursed', 'cancelled')) = (signed_on IS NOT NULL)",
            name="signed_has_date",
        ),
    )


class DecisionRow(Base):
    __tablename__ = "decisions"

    application_id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    outcome: Mapped[str]
    settings_version: Mapped[int] = mapped_column(SmallInteger)
    held_on: Mapped[date]
    votes_for: Mapped[int] = mapped_column(SmallInteger)
    votes_against: Mapped[int] = mapped_column(SmallInteger)
    abstentions: Mapped[int] = mapped_column(SmallInteger)
    granted_amount_cents: Mapped[int | None]
    granted_months: Mapped[int | None] = mapped_column(SmallInteger)
    granted_grace_months: Mapped[int | None] = mapped_column(SmallInteger)
    session_id: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    decided_by_person: Mapped[str | None] = mapped_column(info=personal(Category.OFFICER))
    decided_by_client: Mapped[str | None]
    recorded_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("application_id", "applications"),
        of_same_region("session_id", "committee_sessions"),
        UniqueConstraint("application_id", "region", "cae_siren"),
        one_of("outcome", Outcome, "outcome_known"),
        CheckConstraint("votes_for >= 0 AND votes_against >= 0 AND abstentions >= 0", name="votes_counted"),
        CheckConstraint("outcome <> 'approved' OR votes_for > votes_against", name="approval_has_majority"),
        CheckConstraint(
            "(outcome = 'approved') = (granted_amount_cents IS NOT NULL)"
            " AND (granted_amount_cents IS NULL) = (granted_months IS NULL)"
            " AND (granted_amount_cents IS NULL) = (granted_grace_months IS NULL)",
            name="approval_has_terms",
        ),
        CheckConstraint("granted_amount_cents > 0", name="amount_positive"),
        CheckConstraint("settings_version >= 1", name="settings_version_from_one"),
    )


class CommitteeMemberRow(Base):
    __tablename__ = "committee_members"

    application_id: Mapped[UUID] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    name: Mapped[str] = mapped_column(info=personal(Category.COMMITTEE, Erasure.WORD))
    organisation: Mapped[str] = mapped_column(info=personal(Category.COMMITTEE, Erasure.EMPTY))
    siren: Mapped[str | None] = mapped_column(info=personal(Category.COMMITTEE))
    stood_aside: Mapped[bool]

    __table_args__ = (of_same_cae("application_id", "decisions", "application_id"),)
