"""Funds, their funders and contributions."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.fund_access import SecondPersonAct
from services.loans.domain.funders import FunderKind
from services.loans.domain.terms import EligibleContract
from services.loans.persistence.tables.base import Base, of_same_region, one_of, recorded_at, some_of


class FundRow(Base):
    """`committed_cents` is kept: what is approved and not yet disbursed. A trigger bounds its growth."""

    __tablename__ = "funds"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    name: Mapped[str]
    opened_on: Mapped[date]
    partners_see_names: Mapped[bool] = mapped_column(server_default=text("false"))
    second_person_for: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    committed_cents: Mapped[int] = mapped_column(server_default=text("0"))
    next_loan_number: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        UniqueConstraint("id", "region"),
        UniqueConstraint("region", "name"),
        CheckConstraint("length(region) = 2", name="region_code"),
        some_of("second_person_for", SecondPersonAct, "second_person_known"),
        CheckConstraint("committed_cents >= 0", name="committed_not_negative"),
        CheckConstraint("next_loan_number >= 1", name="loan_number_positive"),
    )


class FundSettingsRow(Base):
    """A version of a fund's settings: added only, but that a trigger lets one still to come be replaced."""

    __tablename__ = "fund_settings"

    fund_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    region: Mapped[str]
    valid_from: Mapped[date]
    min_amount_cents: Mapped[int | None]
    max_amount_cents: Mapped[int | None]
    min_months: Mapped[int | None] = mapped_column(SmallInteger)
    max_months: Mapped[int | None] = mapped_column(SmallInteger)
    max_grace_months: Mapped[int | None] = mapped_column(SmallInteger)
    eligible_contracts: Mapped[list[str] | None]
    max_outstanding_per_person_cents: Mapped[int | None]
    max_outstanding_per_cae_cents: Mapped[int | None]
    grace_included: Mapped[bool]
    lend_in_arrears: Mapped[bool]
    quorum: Mapped[int] = mapped_column(SmallInteger)
    offer_days: Mapped[int | None] = mapped_column(SmallInteger)
    target_shares: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        UniqueConstraint("fund_id", "valid_from"),
        CheckConstraint("version >= 1", name="version_from_one"),
        CheckConstraint("min_amount_cents <= max_amount_cents", name="amounts_in_order"),
        CheckConstraint("min_months <= max_months", name="months_in_order"),
        CheckConstraint("quorum >= 1", name="quorum_positive"),
        CheckConstraint("offer_days >= 0", name="offer_days_not_negative"),
        CheckConstraint("max_grace_months >= 0", name="grace_not_negative"),
        CheckConstraint(
            "min_amount_cents > 0 AND max_amount_cents > 0 AND min_months > 0 AND max_months > 0"
            " AND max_outstanding_per_person_cents > 0 AND max_outstanding_per_cae_cents > 0",
            name="limits_positive",
        ),
        some_of("eligible_contracts", EligibleContract, "eligible_contracts_known"),
        CheckConstraint("jsonb_typeof(target_shares) = 'array'", name="target_shares_listed"),
    )


class FunderRow(Base):
    """A funder of one fund. Without a SIREN it is the placeholder of loans whose funders are undeclared."""

    __tablename__ = "funders"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    region: Mapped[str]
    rank: Mapped[int] = mapped_column(SmallInteger)
    siren: Mapped[str | None]
    name: Mapped[str]
    kind: Mapped[str]

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        UniqueConstraint("id", "region"),
        UniqueConstraint("fund_id", "rank"),
        UniqueConstraint("fund_id", "siren"),
        Index(None, "siren", "fund_id"),
        Index("uq_funders_undeclared", "fund_id", unique=True, postgresql_where=text("kind = 'undeclared'")),
        one_of("kind", FunderKind, "kind_known"),
        CheckConstraint("(siren IS NULL) = (kind = 'undeclared')", name="siren_unless_undeclared"),
    )


class PledgeRow(Base):
    """`paid_cents` is kept by a trigger: what its funder has paid in under its convention."""

    __tablename__ = "pledges"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    region: Mapped[str]
    funder_id: Mapped[UUID]
    convention: Mapped[str]
    amount_cents: Mapped[int]
    paid_cents: Mapped[int] = mapped_column(server_default=text("0"))
    signed_on: Mapped[date]
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        of_same_region("funder_id", "funders"),
        UniqueConstraint("id", "region"),
        UniqueConstraint("funder_id", "convention"),
        Index(None, "fund_id", "id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("paid_cents BETWEEN 0 AND amount_cents", name="paid_within_pledge"),
    )


class PlannedPaymentRow(Base):
    __tablename__ = "planned_payments"

    pledge_id: Mapped[UUID] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    region: Mapped[str]
    funder_id: Mapped[UUID]
    due_on: Mapped[date]
    amount_cents: Mapped[int]

    __table_args__ = (
        of_same_region("pledge_id", "pledges"),
        of_same_region("funder_id", "funders"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )


class WithdrawalRow(Base):
    """Added only. A trigger holds each to what the fund, and what its funder, has."""

    __tablename__ = "withdrawals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    region: Mapped[str]
    funder_id: Mapped[UUID]
    amount_cents: Mapped[int]
    withdrawn_on: Mapped[date]
    reference: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        of_same_region("funder_id", "funders"),
        Index(None, "fund_id", "withdrawn_on"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )


class ContributionRow(Base):
    __tablename__ = "contributions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    region: Mapped[str]
    funder_id: Mapped[UUID]
    convention: Mapped[str]
    amount_cents: Mapped[int]
    paid_on: Mapped[date]
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        of_same_region("funder_id", "funders"),
        Index(None, "fund_id", "paid_on"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )
