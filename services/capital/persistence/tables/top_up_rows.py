"""The dossiers of top-ups."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.domain.lifecycle import AWARDED, PAID_OUT, TopUpStatus
from services.capital.persistence.tables.base import Base, digits, listed, one_of
from services.capital.persistence.tables.scheme_rows import SchemeRow, VersionRow
from services.kernel.contracts import ContractKind
from services.runtime.privacy.personal_data import Category, Erasure, personal


class TopUpRow(Base):
    """`is_sole_award` is set by a grant under a version that gives one award per person."""

    __tablename__ = "top_ups"
    __table_args__ = (
        Index(None, "region", "id"),
        Index(None, "cae_siren", "id"),
        Index("ix_top_ups_scheme_cae", "scheme_id", "cae_siren", "id"),
        Index(None, "entrepreneur_id", "scheme_id"),
        Index(
            "uq_top_ups_sole_award",
            "scheme_id",
            "entrepreneur_id",
            unique=True,
            postgresql_where=text(f"is_sole_award AND status IN ({listed(AWARDED)})"),
        ),
        Index(
            "ix_top_ups_membership_due",
            "region",
            "membership_due_on",
            postgresql_where=text("admitted_on IS NULL AND membership_due_on IS NOT NULL"),
        ),
        Index("ix_top_ups_paid", "region", "id", postgresql_where=text("status = 'paid'")),
        Index(
            "uq_top_ups_waiting",
            "scheme_id",
            "waiting_number",
            unique=True,
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_top_ups_reserved",
            "reserved_on",
            "scheme_id",
            postgresql_where=text("reserved_cents IS NOT NULL"),
        ),
        one_of("status", TopUpStatus),
        one_of("contract_kind", ContractKind),
        digits("cae_siren", 9),
        digits("cae_siret", 14),
        CheckConstraint("left(cae_siret, 9) = cae_siren", name="siret_of_siren"),
        CheckConstraint("subscribed_cents >= 0 AND paid_up_cents >= 0", name="contribution_not_negative"),
        CheckConstraint(
            "(priority_criterion IS NULL) = (priority_evidence IS NULL)", name="priority_with_its_evidence"
        ),
        CheckConstraint("award_cents > 0 AND award_cents <= entitlement_cents", name="award_within_scale"),
        CheckConstraint(
            f"(status IN ({listed(AWARDED | {TopUpStatus.CANCELLED})}))"
            " = (award_cents IS NOT NULL AND decided_on IS NOT NULL)",
            name="awarded_when_granted",
        ),
        CheckConstraint(
            "clawed_back_cents BETWEEN 0 AND coalesce(award_cents, 0)", name="clawed_back_within_award"
        ),
        CheckConstraint(
            "clawed_back_cents = 0 OR status IN ('clawback_proposed', 'clawed_back', 'waived')",
            name="clawed_back_when_proposed",
        ),
        CheckConstraint("status <> 'clawed_back' OR clawed_back_cents > 0", name="clawed_back_by_cents"),
        CheckConstraint(
            f"proven_months = 0 OR (proven_months > 0 AND status IN ({listed(PAID_OUT)}))",
            name="proven_once_paid",
        ),
        CheckConstraint("status <> 'closed' OR proven_months > 0", name="closed_when_proven"),
        CheckConstraint(
            "reserved_cents > 0 AND reserved_cents <= entitlement_cents", name="reserved_within_scale"
        ),
        CheckConstraint("(reserved_cents IS NULL) = (reserved_on IS NULL)", name="reserved_on_a_day"),
        CheckConstraint("reserved_cents IS NULL OR status = 'requested'", name="reserved_while_requested"),
        CheckConstraint(
            "(status = 'waiting') = (waiting_number IS NOT NULL)", name="waiting_with_its_number"
        ),
        CheckConstraint("promoted_on IS NULL OR status <> 'waiting'", name="promoted_once_waited"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey(SchemeRow.id))
    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id))
    region: Mapped[str]
    cae_siren: Mapped[str]
    cae_siret: Mapped[str]
    cae_name: Mapped[str]
    entrepreneur_id: Mapped[UUID] = mapped_column(info=personal(Category.REFERENCE, Erasure.STAYS))
    entrepreneur_reference: Mapped[str] = mapped_column(info=personal(Category.REFERENCE, Erasure.PSEUDONYM))
    given_name: Mapped[str] = mapped_column(info=personal(Category.IDENTITY, Erasure.WORD))
    family_name: Mapped[str] = mapped_column(info=personal(Category.IDENTITY, Erasure.WORD))
    email: Mapped[str | None] = mapped_column(info=personal(Category.CONTACT))
    phone: Mapped[str | None] = mapped_column(info=personal(Category.CONTACT))
    birth_date: Mapped[date | None] = mapped_column(info=personal(Category.BIRTH))
    address: Mapped[str | None] = mapped_column(info=personal(Category.CONTACT))
    contract_kind: Mapped[str]
    contract_started_on: Mapped[date] = mapped_column(info=personal(Category.CAREER, Erasure.YEAR))
    cape_started_on: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))
    cape_ended_on: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))
    member_since: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))
    membership_due_on: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))
    subscribed_cents: Mapped[int]
    paid_up_cents: Mapped[int]
    paid_up_on: Mapped[date]
    admitted_on: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))
    requested_on: Mapped[date | None]
    status: Mapped[str]
    entitlement_cents: Mapped[int]
    award_cents: Mapped[int | None]
    clawed_back_cents: Mapped[int] = mapped_column(server_default=text("0"))
    proven_months: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    is_sole_award: Mapped[bool] = mapped_column(server_default=text("false"))
    decided_on: Mapped[date | None]
    decision_reference: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    revision: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    priority_criterion: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    reserved_cents: Mapped[int | None]
    reserved_on: Mapped[date | None]
    waiting_number: Mapped[int | None]
    promoted_on: Mapped[date | None]
    priority_evidence: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))


class MembershipAnnouncementRow(Base):
    """That a dossier's deadline was said to be near, so many months before: once for each number of them."""

    __tablename__ = "membership_announcements"
    __table_args__ = (CheckConstraint("months > 0", name="months_positive"),)

    top_up_id: Mapped[UUID] = mapped_column(ForeignKey(TopUpRow.id), primary_key=True)
    months: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    announced_on: Mapped[date]
    region: Mapped[str]
    cae_siren: Mapped[str]
