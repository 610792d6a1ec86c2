"""Answers about a loan's journal: its entries, each with links to what it records."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.loans.domain.ledger import Account, EntryKind
from services.loans.domain.loan import Loan
from services.loans.persistence.journal import PlacedEntry
from services.loans.rest.words import FUNDER_ID, LOAN_ID, REPAYMENT_ID
from services.runtime.fields import Answer

ENTRY_ID = "01932b03-5b40-7d63-9e85-9c314a5f6e7e"
TRANCHE_ID = "01932b02-1a30-7c52-8d74-8b203f4e5d6d"


class PostingAnswer(Answer):
    account: Account = Field(
        description="`cash`, `capital`, `loans`, `losses` or `recoveries`", examples=["loans"]
    )
    funder_id: UUID = Field(description="Whose part it is", examples=[FUNDER_ID])
    amount_cents: int = Field(description="Signed: a debit is positive", examples=[-17_778])


class EntryLinksAnswer(Answer):
    """Paths under this service; null for what the entry has not."""

    self_: str = Field(
        alias="self", description="The entry", examples=[f"/v1/loans/{LOAN_ID}/entries/{ENTRY_ID}"]
    )
    loan: str = Field(description="Its loan", examples=[f"/v1/loans/{LOAN_ID}"])
    application: str | None = Field(description="The application that the loan comes from", examples=[None])
    repayment: str | None = Field(
        description="The repayment that it records or reverses", examples=[f"/v1/repayments/{REPAYMENT_ID}"]
    )
    reverses: str | None = Field(description="The entry that it reverses", examples=[None])
    tranche: str | None = Field(
        description="The tranche whose payment it records, among those of the loan", examples=[None]
    )

    @classmethod
    def of(cls, placed: PlacedEntry, loan: Loan) -> "EntryLinksAnswer":
        entry, of_loan = placed.entry, f"/v1/loans/{loan.id}"
        return cls(
            self=f"{of_loan}/entries/{entry.id}",
            loan=of_loan,
            application=loan.application_id and f"/v1/applications/{loan.application_id}",
            repayment=entry.repayment_id and f"/v1/repayments/{entry.repayment_id}",
            reverses=entry.reverses and f"{of_loan}/entries/{entry.reverses}",
            tranche=placed.tranche_id and f"{of_loan}#tranches/{placed.tranche_id}",
        )


class EntryAnswer(Answer):
    id: UUID = Field(description="The entry's id", examples=[ENTRY_ID])
    kind: EntryKind = Field(
        description="What happened. `write_off_reduction`: a repayment dated before a loss lessened it",
        examples=["repayment"],
    )
    on: date = Field(description="The business date", examples=["2024-05-02"])
    repayment_id: UUID | None = Field(
        description="The repayment that it records or reverses", examples=[REPAYMENT_ID]
    )
    reverses: UUID | None = Field(description="The entry that it reverses", examples=[None])
    tranche_id: UUID | None = Field(description="The tranche whose payment it records", examples=[None])
    restates: EntryKind | None = Field(
        description="For a declaration of funders: the kind of movements whose split it corrects",
        examples=[None],
    )
    postings: list[PostingAnswer] = Field(description="They add up to zero, for each funder too")
    links: EntryLinksAnswer = Field(description="Where what it records is read")

    @classmethod
    def of(cls, placed: PlacedEntry, loan: Loan) -> "EntryAnswer":
        entry = placed.entry
        return cls(
            id=entry.id,
            kind=entry.kind,
            on=entry.on,
            repayment_id=entry.repayment_id,
            reverses=entry.reverses,
            tranche_id=placed.tranche_id,
            restates=entry.restates,
            postings=[
                PostingAnswer(
                    account=posting.account, funder_id=posting.funder_id, amount_cents=posting.amount_cents
                )
                for posting in entry.postings
            ],
            links=EntryLinksAnswer.of(placed, loan),
        )


class JournalAnswer(Answer):
    loan_id: UUID = Field(description="The loan", examples=[LOAN_ID])
    entries: list[EntryAnswer] = Field(description="A page of its journal, by date, then as recorded")
    next: str | None = Field(description="Cursor for `after` of the next page; null on the last")
    total: int | None = Field(description="How many in all; only with `count=true`")
