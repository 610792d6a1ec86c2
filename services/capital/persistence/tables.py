"""The tables of schema `capital`. CHECK constraints repeat the domain's invariants: the last line of defence.

Every row carries its tenants, `region`, `cae_siren` or its funders, which the policies of row-level security
compare with the caller; they lead the indexes of what grows.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.capital.domain.journal import Account, EntryKind
from services.capital.domain.lifecycle import AWARDED, TopUpStatus
from services.capital.domain.schemes import BelowFloor, Period
from services.kernel.contracts import ContractKind
from services.runtime.database.transactions import make_metadata
from services.runtime.history import tables as history_tables
from services.runtime.idempotency import define_table
from services.runtime.privacy import retention
from services.runtime.privacy.personal_data import Category, Erasure, personal
from services.runtime.webhooks import tables as webhook_tables

metadata = make_metadata("capital")
idempotency_keys = define_table(metadata)
history_tables.define_tables(metadata)
webhook_tables.define_tables(metadata)
retention_periods = retention.define_table(metadata)


class Base(DeclarativeBase):
    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy declares it so
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
    }


def _one_of(column: str, words: type[StrEnum] | frozenset[TopUpStatus]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({_listed(words)})", name=f"{column}_known")


def _listed(words: type[StrEnum] | frozenset[TopUpStatus]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(word.value for word in words))


def _digits(column: str, length: int) -> CheckConstraint:
    return CheckConstraint(f"{column} ~ '^[0-9]{{{length}}}$'", name=f"{column}_digits")


class SchemeRow(Base):
    """`funder_sirens` are all that one of its versions names: each of them sees the whole scheme."""

    __tablename__ = "schemes"
    __table_args__ = (Index(None, "region", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    name: Mapped[str]
    authority_name: Mapped[str | None]
    authority_siret: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    funder_sirens: Mapped[list[str]]


class VersionRow(Base):
    """Versions are never changed, only succeeded."""

    __tablename__ = "scheme_versions"
    __table_args__ = (
        UniqueConstraint("scheme_id", "valid_from"),
        CheckConstraint("floor_cents >= 0 AND ceiling_cents >= floor_cents", name="floor_under_ceiling"),
        CheckConstraint("match_ratio > 0", name="match_ratio_positive"),
        CheckConstraint("cae_cap_cents >= 0", name="cae_cap_not_negative"),
        CheckConstraint("budget_cents >= 0", name="budget_not_negative"),
        _one_of("below_floor", BelowFloor),
        _one_of("cap_period", Period),
        _one_of("budget_period", Period),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey(SchemeRow.id))
    valid_from: Mapped[date]
    floor_cents: Mapped[int]
    ceiling_cents: Mapped[int]
    match_ratio: Mapped[Decimal] = mapped_column(Numeric(10, 4))
    below_floor: Mapped[str]
    cae_cap_cents: Mapped[int | None]
    cap_period: Mapped[str]
    partial_awards: Mapped[bool]
    once_per_person: Mapped[bool]
    budget_cents: Mapped[int | None]
    budget_period: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    region: Mapped[str]
    funder_sirens: Mapped[list[str]]


class VersionFunderRow(Base):
    __tablename__ = "version_funders"
    __table_args__ = (
        UniqueConstraint("version_id", "siren"),
        Index(None, "siren"),
        _digits("siren", 9),
        CheckConstraint("share_percent > 0 AND share_percent <= 100", name="share_percent_range"),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    siren: Mapped[str]
    name: Mapped[str]
    share_percent: Mapped[Decimal] = mapped_column(Numeric(7, 4))
    region: Mapped[str]
    funder_sirens: Mapped[list[str]]


class CaeCapRow(Base):
    """What one CAE has been awarded in a period: `scheme`, or a year as `2026`.

    `cap_cents` is the cap in force when room was last taken: the CHECK is the last line behind the statement.
    It is never brought below what is used: a lowered cap takes nothing back, it leaves no room.
    """

    __tablename__ = "cae_caps"
    __table_args__ = (
        CheckConstraint("used_cents BETWEEN 0 AND cap_cents", name="used_within_cap"),
        _digits("cae_siren", 9),
        {"postgresql_with": {"fillfactor": 50}},
    )

    scheme_id: Mapped[UUID] = mapped_column(ForeignKey(SchemeRow.id), primary_key=True)
    cae_siren: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    used_cents: Mapped[int]
    cap_cents: Mapped[int]
    region: Mapped[str]


class SchemeBudgetRow(Base):
    """The same for the whole scheme."""

    __tablename__ = "scheme_budgets"
    __table_args__ = (
        CheckConstraint("used_cents BETWEEN 0 AND budget_cents", name="used_within_budget"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    scheme_id: Mapped[UUID] = mapped_column(ForeignKey(SchemeRow.id), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    used_cents: Mapped[int]
    budget_cents: Mapped[int]
    region: Mapped[str]


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
            postgresql_where=text(f"is_sole_award AND status IN ({_listed(AWARDED)})"),
        ),
        Index(
            "ix_top_ups_membership_due",
            "region",
            "membership_due_on",
            postgresql_where=text("admitted_on IS NULL AND membership_due_on IS NOT NULL"),
        ),
        _one_of("status", TopUpStatus),
        _one_of("contract_kind", ContractKind),
        _digits("cae_siren", 9),
        _digits("cae_siret", 14),
        CheckConstraint("left(cae_siret, 9) = cae_siren", name="siret_of_siren"),
        CheckConstraint("subscribed_cents >= 0 AND paid_up_cents >= 0", name="contribution_not_negative"),
        CheckConstraint("award_cents > 0 AND award_cents <= entitlement_cents", name="award_within_scale"),
        CheckConstraint(
            "(status IN ('cancelled', 'granted', 'paid'))"
            " = (award_cents IS NOT NULL AND decided_on IS NOT NULL)",
            name="awarded_when_granted",
        ),
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
    is_sole_award: Mapped[bool] = mapped_column(server_default=text("false"))
    decided_on: Mapped[date | None]
    decision_reference: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))
    revision: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MembershipAnnouncementRow(Base):
    """That a dossier's deadline was said to be near, so many months before: once for each number of them."""

    __tablename__ = "membership_announcements"
    __table_args__ = (CheckConstraint("months > 0", name="months_positive"),)

    top_up_id: Mapped[UUID] = mapped_column(ForeignKey(TopUpRow.id), primary_key=True)
    months: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    announced_on: Mapped[date]
    region: Mapped[str]
    cae_siren: Mapped[str]


class PaymentRow(Base):
    __tablename__ = "payments"
    __table_args__ = (
        Index(None, "region", "id"),
        Index("ix_payments_scheme_cae", "scheme_id", "cae_siren", "id"),
        _digits("cae_siren", 9),
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


class PaymentLineRow(Base):
    """One top-up of a payment; a top-up is paid once."""

    __tablename__ = "payment_lines"
    __table_args__ = (
        UniqueConstraint("top_up_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )

    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id), primary_key=True)
    top_up_id: Mapped[UUID] = mapped_column(ForeignKey(TopUpRow.id), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id))
    amount_cents: Mapped[int]
    region: Mapped[str]
    cae_siren: Mapped[str]


class PaymentPartRow(Base):
    """One co-funder's part of a payment: with its scheme, all that a funder reads of payments."""

    __tablename__ = "payment_parts"
    __table_args__ = (
        CheckConstraint("amount_cents >= 0", name="amount_not_negative"),
        _digits("funder_siren", 9),
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


class JournalEntryRow(Base):
    __tablename__ = "journal_entries"
    __table_args__ = (
        Index(None, "region", "id"),
        Index(None, "scheme_id", "cae_siren"),
        Index(None, "top_up_id"),
        Index(None, "payment_id"),
        _one_of("kind", EntryKind),
        CheckConstraint(
            "(kind = 'payment') = (payment_id IS NOT NULL) AND (kind = 'payment') = (top_up_id IS NULL)",
            name="about_one_thing",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    entry_on: Mapped[date]
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey(SchemeRow.id))
    region: Mapped[str]
    cae_siren: Mapped[str]
    top_up_id: Mapped[UUID | None] = mapped_column(ForeignKey(TopUpRow.id))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey(PaymentRow.id))
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PostingRow(Base):
    """Debits positive, credits negative; a trigger refuses an entry that does not add up to zero."""

    __tablename__ = "postings"
    __table_args__ = (
        _one_of("account", Account),
        CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
        CheckConstraint("(account = 'cash') = (funder_siren IS NOT NULL)", name="cash_by_funder"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey(JournalEntryRow.id), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account: Mapped[str]
    funder_siren: Mapped[str | None]
    amount_cents: Mapped[int]
    region: Mapped[str]
    cae_siren: Mapped[str]


schemes = metadata.tables["capital.schemes"]
scheme_versions = metadata.tables["capital.scheme_versions"]
version_funders = metadata.tables["capital.version_funders"]
cae_caps = metadata.tables["capital.cae_caps"]
scheme_budgets = metadata.tables["capital.scheme_budgets"]
top_ups = metadata.tables["capital.top_ups"]
membership_announcements = metadata.tables["capital.membership_announcements"]
payments = metadata.tables["capital.payments"]
payment_lines = metadata.tables["capital.payment_lines"]
payment_parts = metadata.tables["capital.payment_parts"]
journal_entries = metadata.tables["capital.journal_entries"]
postings = metadata.tables["capital.postings"]
