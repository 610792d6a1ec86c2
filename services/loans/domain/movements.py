"""What happens to a loan: each movement takes the loan as locked and says what to write, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.kernel.identifiers import new_id
from services.loans.domain.borrower import Borrower
from services.loans.domain.ledger import Entry, EntryKind
from services.loans.domain.loan import (
    Loan,
    LoanAct,
    check_recovery,
    check_write_off,
    next_status,
    refuse_if_written_off,
)
from services.loans.domain.repayment import (
    PaymentMethod,
    Repayment,
    Reversal,
    check_repayment,
    check_reversal,
)
from services.loans.domain.schedule import make_schedule
from services.loans.domain.shares import (
    Parts,
    Shares,
    credit,
    freeze_shares,
    lose,
    recover,
    split_credit,
    split_debit,
    split_recovery,
)
from services.loans.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Recovery:
    """Money that came after the loss."""

    id: UUID
    loan_id: UUID
    amount_cents: int
    received_on: date
    reference: str | None


@dataclass(frozen=True, slots=True)
class LoanFile:
    """A loan with the facts that its movements depend on."""

    loan: Loan
    shares: Shares
    repayments: tuple[Repayment, ...] = ()
    recoveries: tuple[Recovery, ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """The file after the movement, and the entries that the journal gains."""

    file: LoanFile
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Payment:
    amount_cents: int
    paid_on: date
    method: PaymentMethod
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Credited:
    """A repayment as the journal has it: its entry, and what each funder was credited."""

    entry_id: UUID
    parts: Parts


def open_loan(
    *,
    fund_id: UUID,
    region: str,
    number: str,
    borrower: Borrower,
    terms: Terms,
    grace_included: bool,
    disbursed_on: date,
    paid_in_cents: Mapping[UUID, int],
    created_at: datetime,
    loan_id: UUID | None = None,
    application_id: UUID | None = None,
    reference: str | None = None,
) -> Movement:
    """The disbursement: the loan, its schedule and its frozen shares. `paid_in_cents` in convention order."""
    loan = Loan(
        id=loan_id or new_id(),
        fund_id=fund_id,
        region=region,
        number=number,
        borrower=borrower,
        terms=terms,
        disbursed_on=disbursed_on,
        schedule=make_schedule(terms, disbursed_on, grace_included=grace_included),
        created_at=created_at,
        application_id=application_id,
        reference=reference,
    )
    shares = freeze_shares(terms.amount_cents, paid_in_cents, disbursed_on)
    parts = {share.funder_id: share.principal_cents for share in shares}
    entry = loan.books.entry(EntryKind.DISBURSEMENT, disbursed_on, parts)
    return Movement(LoanFile(loan, shares), (entry,))


def repay(file: LoanFile, payment: Payment, *, today: date) -> Movement:
    """The new repayment is the last of the file's; a wholly repaid loan is told how little it owes."""
    loan = file.loan
    refuse_if_written_off(loan)
    check_repayment(
        loan.terms.amount_cents,
        loan.disbursed_on,
        file.repayments,
        amount_cents=payment.amount_cents,
        paid_on=payment.paid_on,
        today=today,
    )
    is_last_cent = payment.amount_cents == loan.outstanding_cents
    status = next_status(loan, LoanAct.REPAY_LAST_CENT if is_last_cent else LoanAct.REPAY_PART)
    repayment = Repayment(
        id=new_id(),
        loan_id=loan.id,
        recorded_rank=len(file.repayments) + 1,
        amount_cents=payment.amount_cents,
        paid_on=payment.paid_on,
        method=payment.method,
        reference=payment.reference,
    )
    parts = split_credit(file.shares, payment.amount_cents)
    entry = loan.books.entry(EntryKind.REPAYMENT, payment.paid_on, parts, repayment_id=repayment.id)
    after = replace(
        file,
        loan=replace(loan, repaid_cents=loan.repaid_cents + payment.amount_cents, status=status),
        shares=credit(file.shares, parts),
        repayments=(*file.repayments, repayment),
    )
    return Movement(after, (entry,))


def reverse(
    file: LoanFile,
    repayment: Repayment,
    original: Credited,
    *,
    reversed_on: date,
    reason: str,
    today: date,
) -> Movement:
    """A written-off loan owes nothing: what the reversal gives back is lost on the spot."""
    loan = file.loan
    check_reversal(repayment, reversed_on=reversed_on, today=today)
    status = next_status(loan, LoanAct.REVERSE)
    parts = _parts_to_give_back(file.shares, original.parts, repayment.amount_cents)
    entry = loan.books.entry(
        EntryKind.REVERSAL,
        reversed_on,
        {funder_id: part_cents for funder_id, part_cents in parts.items() if part_cents},
        repayment_id=repayment.id,
        reverses=original.entry_id,
    )
    reversal = Reversal(new_id(), reversed_on, reason)
    after = replace(
        file,
        loan=replace(loan, repaid_cents=loan.repaid_cents - repayment.amount_cents, status=status),
        shares=credit(file.shares, parts, sign=-1),
        repayments=tuple(
            replace(other, reversal=reversal) if other.id == repayment.id else other
            for other in file.repayments
        ),
    )
    if loan.written_off_on is None:
        return Movement(after, (entry,))
    lost = _lose_outstanding(after, max(reversed_on, loan.written_off_on))
    return Movement(lost.file, (entry, *lost.entries))


def write_off(file: LoanFile, *, written_off_on: date, reason: str, today: date) -> Movement:
    status = check_write_off(file.loan, file.repayments, written_off_on=written_off_on, today=today)
    loan = replace(file.loan, status=status, written_off_on=written_off_on, written_off_reason=reason)
    return _lose_outstanding(replace(file, loan=loan), written_off_on)


def receive_recovery(
    file: LoanFile, *, amount_cents: int, received_on: date, today: date, reference: str | None = None
) -> Movement:
    """The new recovery is the last of the file's."""
    loan = file.loan
    status = check_recovery(loan, amount_cents=amount_cents, received_on=received_on, today=today)
    parts = split_recovery(file.shares, amount_cents)
    after = replace(
        file,
        loan=replace(loan, status=status, recovered_cents=loan.recovered_cents + amount_cents),
        shares=recover(file.shares, parts),
        recoveries=(*file.recoveries, Recovery(new_id(), loan.id, amount_cents, received_on, reference)),
    )
    return Movement(after, (loan.books.entry(EntryKind.RECOVERY, received_on, parts),))


def declare_funders(
    file: LoanFile, *, placeholder_id: UUID, paid_in_cents: Mapping[UUID, int], declared_on: date
) -> Movement:
    """An imported loan's funders take over, by entries of their own, what the placeholder bore for them."""
    loan = file.loan
    shares = freeze_shares(loan.terms.amount_cents, paid_in_cents, declared_on)
    repaid = split_credit(shares, loan.repaid_cents)
    shares = credit(shares, repaid)
    lost = split_credit(shares, loan.written_off_cents)
    shares = lose(shares, lost)
    recovered = split_recovery(shares, loan.recovered_cents) if loan.written_off_cents else {}
    shares = recover(shares, recovered)
    disbursed = {share.funder_id: share.principal_cents for share in shares}
    entries = tuple(
        loan.books.declaration(kind, declared_on, taken_from=placeholder_id, given_to=parts)
        for kind, parts in (
            (EntryKind.DISBURSEMENT, disbursed),
            (EntryKind.REPAYMENT, repaid),
            (EntryKind.WRITE_OFF, lost),
            (EntryKind.RECOVERY, recovered),
        )
        if any(parts.values())
    )
    return Movement(replace(file, shares=shares), entries)


def _lose_outstanding(file: LoanFile, on: date) -> Movement:
    loan = file.loan
    parts = split_credit(file.shares, loan.outstanding_cents)
    after = replace(
        file,
        loan=replace(loan, written_off_cents=loan.written_off_cents + loan.outstanding_cents),
        shares=lose(file.shares, parts),
    )
    return Movement(after, (loan.books.entry(EntryKind.WRITE_OFF, on, parts),))


def _parts_to_give_back(shares: Shares, original: Parts, amount_cents: int) -> Parts:
    """Those of the original, unless its funders were only declared after it."""
    holders = {share.funder_id for share in shares}
    return original if original.keys() <= holders else split_debit(shares, amount_cents)
