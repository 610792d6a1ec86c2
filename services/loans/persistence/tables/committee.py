"""A committee's standing members, its sessions, and the conditions of what it grants.

What is personal in a session is emptied by the purge, with the salt of its seal; the facts stay.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.committee import Outcome
from services.loans.domain.committee_session import ItemOutcome, SessionStatus
from services.loans.persistence.tables.applications import ApplicationRow
from services.loans.persistence.tables.base import Base, of_same_cae, of_same_region, one_of, recorded_at
from services.runtime.privacy.personal_data import Category, Erasure, personal


class StandingMemberRow(Base):
    """One who sits in a fund's committee from a day, until another: ended, never deleted."""

    __tablename__ = "standing_members"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    region: Mapped[str]
    name: Mapped[str] = mapped_column(info=personal(Category.COMMITTEE, Erasure.WORD))
    organisation: Mapped[str] = mapped_column(info=personal(Category.COMMITTEE, Erasure.EMPTY))
    siren: Mapped[str | None] = mapped_column(info=personal(Category.COMMITTEE))
    tied_to: Mapped[list[str]] = mapped_column(info=personal(Category.COMMITTEE, Erasure.EMPTY))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        Index(None, "fund_id", "id"),
        CheckConstraint("until_on >= from_on", name="days_in_order"),
    )


class CommitteeSessionRow(Base):
    """`minutes` is the canonical document, `minutes_hash` its SHA-256; both once it is closed."""

    __tablename__ = "committee_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    region: Mapped[str]
    held_on: Mapped[date]
    place: Mapped[str | None]
    status: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by_client: Mapped[str | None]
    closed_by_person: Mapped[str | None] = mapped_column(info=personal(Category.OFFICER))
    closed_by_salt: Mapped[str | None] = mapped_column(info=personal(Category.OFFICER))
    minutes: Mapped[str | None]
    minutes_hash: Mapped[str | None]
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        UniqueConstraint("id", "region"),
        Index(None, "region", "id"),
        Index(None, "fund_id", "id"),
        one_of("status", SessionStatus, "status_known"),
        CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)"
            " AND (status = 'closed') = (closed_by_client IS NOT NULL)"
            " AND (status = 'closed') = (minutes IS NOT NULL)"
            " AND (status = 'closed') = (minutes_hash IS NOT NULL)",
            name="closed_has_minutes",
        ),
        CheckConstraint(
            "minutes_hash = encode(sha256(convert_to(minutes, 'UTF8')), 'hex')", name="hash_is_of_minutes"
        ),
    )


class SessionMemberRow(Base):
    __tablename__ = "session_members"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID]
    region: Mapped[str]
    rank: Mapped[int] = mapped_column(SmallInteger)
    standing_id: Mapped[UUID | None] = mapped_column(ForeignKey(StandingMemberRow.id))
    name: Mapped[str] = mapped_column(info=personal(Category.COMMITTEE, Erasure.WORD))
    organisation: Mapped[str] = mapped_column(info=personal(Category.COMMITTEE, Erasure.EMPTY))
    siren: Mapped[str | None] = mapped_column(info=personal(Category.COMMITTEE))
    tied_to: Mapped[list[str]] = mapped_column(info=personal(Category.COMMITTEE, Erasure.EMPTY))
    represents: Mapped[str | None] = mapped_column(info=personal(Category.COMMITTEE))
    salt: Mapped[str | None] = mapped_column(info=personal(Category.COMMITTEE))
    is_present: Mapped[bool]
    arrived_for_item: Mapped[int | None] = mapped_column(SmallInteger)

    __table_args__ = (
        of_same_region("session_id", "committee_sessions"),
        UniqueConstraint("session_id", "rank"),
        CheckConstraint(
            "arrived_for_item IS NULL OR (arrived_for_item >= 1 AND is_present)", name="arrived_is_present"
        ),
    )


class SessionItemRow(Base):
    """`is_live` while its session holds the application: it stands on one such agenda at a time.

    `cae_siren` is that of the session's day: minutes stay as they are when a dossier goes to another CAE.
    """

    __tablename__ = "session_items"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey(ApplicationRow.id), primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    rank: Mapped[int] = mapped_column(SmallInteger)
    is_live: Mapped[bool]
    outcome: Mapped[str | None]
    vote_outcome: Mapped[str | None]
    votes_for: Mapped[int | None] = mapped_column(SmallInteger)
    votes_against: Mapped[int | None] = mapped_column(SmallInteger)
    abstentions: Mapped[int | None] = mapped_column(SmallInteger)
    stood_aside: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    granted_amount_cents: Mapped[int | None]
    granted_months: Mapped[int | None] = mapped_column(SmallInteger)
    granted_grace_months: Mapped[int | None] = mapped_column(SmallInteger)
    conditions: Mapped[list[str]] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    are_precedent: Mapped[list[bool]] = mapped_column(ARRAY(Boolean))
    reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    texts_salt: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    applicant: Mapped[str | None] = mapped_column(info=personal(Category.IDENTITY))
    applicant_salt: Mapped[str | None] = mapped_column(info=personal(Category.IDENTITY))

    __table_args__ = (
        of_same_region("session_id", "committee_sessions"),
        Index(
            "uq_session_items_application_id_live",
            "application_id",
            unique=True,
            postgresql_where=text("is_live"),
        ),
        Index(None, "application_id"),
        one_of("outcome", ItemOutcome, "outcome_known"),
        one_of("vote_outcome", Outcome, "vote_outcome_known"),
        CheckConstraint("NOT (is_live AND outcome IS NOT NULL)", name="decided_is_not_live"),
        CheckConstraint("votes_for >= 0 AND votes_against >= 0 AND abstentions >= 0", name="votes_counted"),
        CheckConstraint(
            "(vote_outcome IS NULL) = (votes_for IS NULL)"
            " AND (vote_outcome IS NULL) = (votes_against IS NULL)"
            " AND (vote_outcome IS NULL) = (abstentions IS NULL)",
            name="vote_is_whole",
        ),
        CheckConstraint(
            "vote_outcome <> 'approved' OR votes_for > votes_against", name="approval_has_majority"
        ),
        CheckConstraint(
            "(coalesce(vote_outcome, '') = 'approved') = (granted_amount_cents IS NOT NULL)"
            " AND (granted_amount_cents IS NULL) = (granted_months IS NULL)"
            " AND (granted_amount_cents IS NULL) = (granted_grace_months IS NULL)",
            name="approval_has_terms",
        ),
        CheckConstraint(
            "outcome IS NULL OR outcome NOT IN ('approved', 'refused') OR outcome = vote_outcome",
            name="outcome_is_of_vote",
        ),
    )


class ConditionRow(Base):
    __tablename__ = "conditions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    rank: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    is_precedent: Mapped[bool]
    lifted_on: Mapped[date | None]
    evidence: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    lifted_by_person: Mapped[str | None] = mapped_column(info=personal(Category.OFFICER))
    lifted_by_client: Mapped[str | None]
    lifted_at: Mapped[datetime | None]

    __table_args__ = (
        of_same_cae("application_id", "decisions", "application_id"),
        UniqueConstraint("application_id", "rank"),
        CheckConstraint(
            "(lifted_on IS NULL) = (evidence IS NULL) AND (lifted_on IS NULL) = (lifted_by_client IS NULL)"
            " AND (lifted_on IS NULL) = (lifted_at IS NULL)",
            name="lifting_is_whole",
        ),
    )
