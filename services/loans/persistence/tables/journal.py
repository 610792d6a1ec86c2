"""The double-entry journal: append-only, by triggers that the migration makes."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.domain.ledger import Account, EntryKind
from services.loans.persistence.tables.base import Base, of_same_cae, of_same_region, one_of, recorded_at
from services.loans.persistence.tables.funds import FunderRow
from services.loans.persistence.tables.loans import RepaymentRow


class JournalEntryRow(Base):
    """Append-only. `restates`: the kind of movements whose split a declaration of funders corrects."""

    __tablename__ = "journal_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fund_id: Mapped[UUID]
    region: Mapped[str]
    cae_siren: Mapped[str | None]
    loan_id: Mapped[UUID | None] = mapped_column(index=True)
    kind: Mapped[str]
    on_date: Mapped[date]
    repayment_id: Mapped[UUID | None] = mapped_column(ForeignKey(RepaymentRow.id))
    reverses: Mapped[UUID | None] = mapped_column(ForeignKey("journal_entries.id"))
    restates: Mapped[str | None]
    recorded_at: Mapped[datetime] = recorded_at()

    __table_args__ = (
        of_same_region("fund_id", "funds"),
        of_same_cae("loan_id", "loans"),
        Index(None, "fund_id", "on_date"),
        Index(
            "ix_journal_entries_of_no_loan",
            "fund_id",
            "on_date",
            postgresql_where=text("loan_id IS NULL"),
        ),
        # Partial: a reversal is rare, and every entry would pay for an index of nulls.
        Index(
            "uq_journal_entries_reverses",
            "reverses",
            unique=True,
            postgresql_where=text("reverses IS NOT NULL"),
        ),
        one_of("kind", EntryKind, "kind_known"),
        one_of("restates", EntryKind, "restates_known"),
        CheckConstraint(
            "(kind IN ('contribution', 'withdrawal')) = (loan_id IS NULL)", name="loan_unless_contribution"
        ),
        # A key of several columns is not checked where one of them is null.
        CheckConstraint("(loan_id IS NULL) = (cae_siren IS NULL)", name="cae_of_loan"),
        CheckConstraint(
            "(kind IN ('repayment', 'reversal')) = (repayment_id IS NOT NULL)", name="repayment_named"
        ),
        CheckConstraint("(kind = 'reversal') = (reverses IS NOT NULL)", name="reversal_names_original"),
        CheckConstraint("(kind = 'declaration') = (restates IS NOT NULL)", name="declaration_restates"),
    )


class PostingRow(Base):
    """Append-only. Signed: a debit is positive. Triggers make each entry's postings add up to zero, be of its
    region and CAE, and be of an entry at all: a key checked for each row took a sixth of an import's time.
    """

    __tablename__ = "postings"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account: Mapped[str]
    funder_id: Mapped[UUID] = mapped_column(ForeignKey(FunderRow.id))
    amount_cents: Mapped[int]
    region: Mapped[str]
    cae_siren: Mapped[str | None]

    __table_args__ = (
        one_of("account", Account, "account_known"),
        CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
    )
