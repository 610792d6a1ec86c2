"""What is awarded, counted against its limits."""

from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.persistence.tables.base import Base, digits
from services.capital.persistence.tables.scheme_rows import SchemeRow


class CaeCapRow(Base):
    """What one CAE has been awarded in a period: `scheme`, or a year as `2026`.

    `cap_cents` is the cap in force when room was last taken: the CHECK is the last line behind the statement.
    It is never brought below what is used: a lowered cap takes nothing back, it leaves no room.
    """

    __tablename__ = "cae_caps"
    __table_args__ = (
        CheckConstraint("used_cents BETWEEN 0 AND cap_cents", name="used_within_cap"),
        digits("cae_siren", 9),
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
