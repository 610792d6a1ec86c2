"""The rules of a region, version by version."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.domain.schemes import BelowFloor, ClawbackRule, ContributionBasis, Period, ReservesAt
from services.capital.persistence.tables.base import Base, digits, one_of


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
        CheckConstraint("valid_until >= valid_from", name="ends_after_it_starts"),
        CheckConstraint("jsonb_typeof(priority_groups) = 'array'", name="priority_groups_listed"),
        CheckConstraint(
            "NOT jsonb_path_exists(priority_groups, '$[*] ? (!(@.ceiling_cents >= $least))',"
            " jsonb_build_object('least', ceiling_cents))",
            name="priority_over_ceiling",
        ),
        CheckConstraint(
            "NOT jsonb_path_exists(priority_groups,"
            """ '$[*] ? (!(@.criterion like_regex "^[a-z0-9]+(-[a-z0-9]+)*$"))')""",
            name="priority_named",
        ),
        CheckConstraint("request_window_months > 0", name="request_window_positive"),
        CheckConstraint("request_valid_days > 0", name="request_valid_days_positive"),
        CheckConstraint("min_membership_months >= 0", name="min_membership_not_negative"),
        CheckConstraint("0 < ALL (follow_up_months)", name="follow_up_months_positive"),
        one_of("contribution_basis", ContributionBasis),
        one_of("reserves_at", ReservesAt),
        CheckConstraint("NOT waiting_list OR reserves_at = 'request'", name="waiting_list_reserves"),
        one_of("clawback_rule", ClawbackRule),
        CheckConstraint("cae_cap_cents >= 0", name="cae_cap_not_negative"),
        CheckConstraint("budget_cents >= 0", name="budget_not_negative"),
        one_of("below_floor", BelowFloor),
        one_of("cap_period", Period),
        one_of("budget_period", Period),
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
    valid_until: Mapped[date | None]
    contribution_basis: Mapped[str] = mapped_column(server_default=text("'paid_up'"))
    priority_groups: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    reserves_at: Mapped[str] = mapped_column(server_default=text("'grant'"))
    waiting_list: Mapped[bool] = mapped_column(server_default=text("false"))
    request_window_months: Mapped[int | None] = mapped_column(SmallInteger)
    request_valid_days: Mapped[int | None] = mapped_column(SmallInteger)
    min_membership_months: Mapped[int | None] = mapped_column(SmallInteger)
    follow_up_months: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), server_default=text("'{12,24,36}'")
    )
    clawback_rule: Mapped[str] = mapped_column(server_default=text("'whole'"))
    waiver_by_another: Mapped[bool] = mapped_column(server_default=text("false"))


class VersionFunderRow(Base):
    __tablename__ = "version_funders"
    __table_args__ = (
        UniqueConstraint("version_id", "siren"),
        Index(None, "siren"),
        digits("siren", 9),
        CheckConstraint("share_percent > 0 AND share_percent <= 100", name="share_percent_range"),
        digits("siret", 14),
        CheckConstraint("left(siret, 9) = siren", name="siret_of_siren"),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    siren: Mapped[str]
    name: Mapped[str]
    share_percent: Mapped[Decimal] = mapped_column(Numeric(7, 4))
    region: Mapped[str]
    funder_sirens: Mapped[list[str]]
    siret: Mapped[str | None]
