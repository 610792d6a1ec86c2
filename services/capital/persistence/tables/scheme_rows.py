"""The rules of a region, version by version."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.domain.schemes import BelowFloor, Period
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


class VersionFunderRow(Base):
    __tablename__ = "version_funders"
    __table_args__ = (
        UniqueConstraint("version_id", "siren"),
        Index(None, "siren"),
        digits("siren", 9),
        CheckConstraint("share_percent > 0 AND share_percent <= 100", name="share_percent_range"),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    siren: Mapped[str]
    name: Mapped[str]
    share_percent: Mapped[Decimal] = mapped_column(Numeric(7, 4))
    region: Mapped[str]
    funder_sirens: Mapped[list[str]]
