"""The kept figures of portfolios: what each day, month and year changed of the sums behind indicators.

Changes and not balances: what a day stands for is the sum of the years before it, the months of its year and
the days of its month. Written by whoever sums the loans that moved, never by the movements themselves.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.figures import Span
from services.loans.persistence.tables.base import Base, of_same_region, one_of
from services.loans.persistence.tables.loans import LoanRow


class SummedColumns:
    """The amounts of `PortfolioSums`, as changes: signed, in cents."""

    due: Mapped[int]
    received_on_due: Mapped[int]
    disbursed: Mapped[int]
    outstanding: Mapped[int]
    arrears: Mapped[int]
    outstanding_late_over_30: Mapped[int]
    outstanding_late_over_60: Mapped[int]
    outstanding_late_over_90: Mapped[int]
    written_off: Mapped[int]
    recovered: Mapped[int]


class FunderFiguresRow(SummedColumns, Base):
    """A funder's part of its fund's loans, by year of disbursement."""

    __tablename__ = "funder_figures"

    funder_id: Mapped[UUID] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    cohort: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    region: Mapped[str]

    __table_args__ = (of_same_region("funder_id", "funders"), one_of("span", Span, "span_known"))


class CaeFiguresRow(SummedColumns, Base):
    """The same, of those loans alone whose borrower a CAE hosts on the day."""

    __tablename__ = "cae_figures"

    cae_siren: Mapped[str] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    funder_id: Mapped[UUID] = mapped_column(primary_key=True)
    cohort: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    fund_id: Mapped[UUID]
    region: Mapped[str]

    __table_args__ = (of_same_region("funder_id", "funders"), one_of("span", Span, "span_known"))


class LoanFiguresRow(Base):
    """What a loan is summed for, to be taken off when it is summed again."""

    __tablename__ = "loan_figures"

    loan_id: Mapped[UUID] = mapped_column(ForeignKey(LoanRow.id), primary_key=True)
    changes: Mapped[list[Any]] = mapped_column(JSON)
