"""Double entry of the loans: every movement of money is an entry whose postings add up to zero.

Amounts of postings are signed: a debit is positive. Each posting belongs to one funder, and each funder's
postings of an entry add up to zero by themselves, so each can be told what became of its euros.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.kernel.identifiers import new_id


class EntryKind(StrEnum):
    CONTRIBUTION = "contribution"
    DISBURSEMENT = "disbursement"
    REPAYMENT = "repayment"
    REVERSAL = "reversal"
    WRITE_OFF = "write_off"
    WRITE_OFF_REDUCTION = "write_off_reduction"
    RECOVERY = "recovery"
    DECLARATION = "declaration"
    WITHDRAWAL = "withdrawal"


class Account(StrEnum):
    CASH = "cash"
    CAPITAL = "capital"
    LOANS = "loans"
    LOSSES = "losses"
    RECOVERIES = "recoveries"


DEBIT_AND_CREDIT: dict[EntryKind, tuple[Account, Account]] = {
    EntryKind.CONTRIBUTION: (Account.CASH, Account.CAPITAL),
    EntryKind.WITHDRAWAL: (Account.CAPITAL, Account.CASH),
    EntryKind.DISBURSEMENT: (Account.LOANS, Account.CASH),
    EntryKind.REPAYMENT: (Account.CASH, Account.LOANS),
    EntryKind.REVERSAL: (Account.LOANS, Account.CASH),
    EntryKind.WRITE_OFF: (Account.LOSSES, Account.LOANS),
    EntryKind.WRITE_OFF_REDUCTION: (Account.LOANS, Account.LOSSES),
    EntryKind.RECOVERY: (Account.CASH, Account.RECOVERIES),
}


@dataclass(frozen=True, slots=True)
class Posting:
    account: Account
    funder_id: UUID
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Entry:
    """`restates` is, for a declaration of funders, the kind of movements whose split it corrects."""

    id: UUID
    fund_id: UUID
    region: str
    kind: EntryKind
    on: date
    postings: tuple[Posting, ...]
    loan_id: UUID | None = None
    cae_siren: str | None = None
    repayment_id: UUID | None = None
    reverses: UUID | None = None
    restates: EntryKind | None = None


@dataclass(frozen=True, slots=True)
class LoanBooks:
    """The identity that every entry of one loan carries."""

    loan_id: UUID
    fund_id: UUID
    region: str
    cae_siren: str

    def entry(
        self,
        kind: EntryKind,
        on: date,
        parts: Mapping[UUID, int],
        *,
        repayment_id: UUID | None = None,
        reverses: UUID | None = None,
    ) -> Entry:
        return Entry(
            id=new_id(),
            fund_id=self.fund_id,
            region=self.region,
            kind=kind,
            on=on,
            postings=move(kind, parts),
            loan_id=self.loan_id,
            cae_siren=self.cae_siren,
            repayment_id=repayment_id,
            reverses=reverses,
        )

    def declaration(
        self, restates: EntryKind, on: date, *, taken_from: UUID, given_to: Mapping[UUID, int]
    ) -> Entry:
        """Move what movements of one kind left on the placeholder to the funders who bear it."""
        total_cents = sum(given_to.values())
        return Entry(
            id=new_id(),
            fund_id=self.fund_id,
            region=self.region,
            kind=EntryKind.DECLARATION,
            on=on,
            postings=(
                *negated(move(restates, {taken_from: total_cents})),
                *move(restates, given_to),
            ),
            loan_id=self.loan_id,
            cae_siren=self.cae_siren,
            restates=restates,
        )


def entry_of_fund(
    kind: EntryKind, on: date, parts: Mapping[UUID, int], *, fund_id: UUID, region: str
) -> Entry:
    """Money between a fund and its funders, of no loan."""
    return Entry(id=new_id(), fund_id=fund_id, region=region, kind=kind, on=on, postings=move(kind, parts))


def move(kind: EntryKind, parts: Mapping[UUID, int]) -> tuple[Posting, ...]:
    """The postings of a movement, two for each funder who has a part of it."""
    debited, credited = DEBIT_AND_CREDIT[kind]
    return tuple(
        posting
        for funder_id, part_cents in parts.items()
        if part_cents
        for posting in (Posting(debited, funder_id, part_cents), Posting(credited, funder_id, -part_cents))
    )


def negated(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    return tuple(Posting(posting.account, posting.funder_id, -posting.amount_cents) for posting in postings)


def credited_parts(postings: Iterable[Posting]) -> dict[UUID, int]:
    """What each funder was credited of the receivables by an entry."""
    return {
        posting.funder_id: -posting.amount_cents for posting in postings if posting.account is Account.LOANS
    }
