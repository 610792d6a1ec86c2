"""The double-entry journal: append-only."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.domain.journal import Account, EntryKind
from services.capital.persistence.tables.base import Base, one_of
from services.capital.persistence.tables.clawback_rows import ClawbackReceiptRow
from services.capital.persistence.tables.payment_rows import PaymentRow
from services.capital.persistence.tables.scheme_rows import SchemeRow
from services.capital.persistence.tables.top_up_rows import TopUpRow


class JournalEntryRow(Base):
    __tablename__ = "journal_entries"
    __table_args__ = (
        Index(None, "region", "id"),
        Index(None, "scheme_id", "cae_siren"),
        Index(None, "top_up_id"),
        Index(None, "payment_id"),
        Index(None, "clawback_receipt_id"),
        one_of("kind", EntryKind),
        CheckConstraint(
            "(kind IN ('payment', 'payment_reversal')) = (payment_id IS NOT NULL)"
            " AND (payment_id IS NULL) = (top_up_id IS NOT NULL)",
            name="about_one_thing",
        ),
        CheckConstraint(
            "(kind = 'clawback_receipt') = (clawback_receipt_id IS NOT NULL)", name="receipt_of_a_clawback"
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
    clawback_receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey(ClawbackReceiptRow.id))


class PostingRow(Base):
    """Debits positive, credits negative; a trigger refuses an entry that does not add up to zero."""

    __tablename__ = "postings"
    __table_args__ = (
        one_of("account", Account),
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
