"""What a loan knows of the life of its borrower: the CAEs that hosted them, a death, an insolvency."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.life.borrower_events import BorrowerEventKind
from services.loans.domain.life.stays import StayEnd
from services.loans.persistence.tables.base import Base, of_same_cae, one_of, recorded_at
from services.loans.persistence.tables.loans import LoanRow
from services.runtime.privacy.personal_data import Category, Erasure, personal


class CaeStayRow(Base):
    """A stay is of the CAE that hosted, which a loan that has moved is no longer of: its row does not follow.

    From `from_on` until the day before `until_on`; triggers let an open stay end, and nothing else.
    """

    __tablename__ = "cae_stays"

    loan_id: Mapped[UUID] = mapped_column(ForeignKey(LoanRow.id), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    region: Mapped[str]
    cae_siren: Mapped[str]
    cae_siret: Mapped[str]
    cae_name: Mapped[str]
    entrepreneur_id: Mapped[UUID] = mapped_column(info=personal(Category.REFERENCE, Erasure.STAYS))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    ended_by: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(info=personal(Category.FREE_TEXT))

    __table_args__ = (
        Index(None, "cae_siren", "from_on"),
        Index(None, "entrepreneur_id"),
        Index("uq_cae_stays_open", "loan_id", unique=True, postgresql_where=text("until_on IS NULL")),
        one_of("ended_by", StayEnd, "end_known"),
        CheckConstraint("cae_siren = left(cae_siret, 9)", name="siren_of_siret"),
        CheckConstraint("rank > 0", name="rank_positive"),
        CheckConstraint("until_on >= from_on", name="ends_after_it_starts"),
        CheckConstraint("(until_on IS NULL) = (ended_by IS NULL)", name="end_has_a_cause"),
    )


class BorrowerEventRow(Base):
    """Never edited. What is dated from `occurred_on` is held to it."""

    __tablename__ = "borrower_events"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str]
    kind: Mapped[str]
    occurred_on: Mapped[date]
    note: Mapped[str] = mapped_column(info=personal(Category.FREE_TEXT, Erasure.EMPTY))
    created_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_cae("loan_id", "loans"),
        UniqueConstraint("loan_id", "kind"),
        one_of("kind", BorrowerEventKind, "kind_known"),
    )
