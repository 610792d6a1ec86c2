"""De minimis aid: its rules by date, what counts of each company, and what others granted it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.domain.de_minimis import DeclaredBy, Window
from services.capital.persistence.tables.base import Base, digits, one_of


class DeMinimisRuleRow(Base):
    """In force from its day until the next one's; of the whole Union, and of no tenant."""

    __tablename__ = "de_minimis_rules"
    __table_args__ = (
        one_of("window_kind", Window),
        CheckConstraint("ceiling_cents >= 0", name="ceiling_not_negative"),
        CheckConstraint("window_years > 0", name="window_positive"),
    )

    valid_from: Mapped[date] = mapped_column(primary_key=True)
    regulation: Mapped[str]
    ceiling_cents: Mapped[int]
    window_kind: Mapped[str]
    window_years: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str]


class DeMinimisCounterRow(Base):
    """All that one company was ever granted, which no window exceeds: below the ceiling, no day is asked.

    It is the lock of the company's ceiling, over all schemes. `allowed_cents` is how far the ceiling let it
    go when aid was last granted: the CHECK is the last line behind the statement.
    """

    __tablename__ = "de_minimis_counters"
    __table_args__ = (
        CheckConstraint("counted_cents BETWEEN 0 AND allowed_cents", name="counted_within_allowed"),
        digits("cae_siren", 9),
        {"postgresql_with": {"fillfactor": 50}},
    )

    cae_siren: Mapped[str] = mapped_column(primary_key=True)
    counted_cents: Mapped[int]
    allowed_cents: Mapped[int]


class DeMinimisDeclarationRow(Base):
    """Aid that somebody else granted to a CAE. The same aid is declared once, in whichever region.

    `beneficiary_siren` stays the company that it was granted to; `cae_siren` is who has it now.
    """

    __tablename__ = "de_minimis_declarations"
    __table_args__ = (
        Index(None, "region", "id"),
        Index(None, "cae_siren", "id"),
        Index(
            "uq_de_minimis_declarations_same_aid",
            *("beneficiary_siren", "granted_on", "amount_cents", "grantor", "reference"),
            unique=True,
            postgresql_where=text("cancelled_on IS NULL"),
        ),
        one_of("declared_by", DeclaredBy),
        digits("cae_siren", 9),
        digits("beneficiary_siren", 9),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("(cancelled_on IS NULL) = (reason IS NULL)", name="cancelled_for_a_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    granted_on: Mapped[date]
    amount_cents: Mapped[int]
    grantor: Mapped[str]
    reference: Mapped[str]
    declared_by: Mapped[str]
    cancelled_on: Mapped[date | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    beneficiary_siren: Mapped[str]
