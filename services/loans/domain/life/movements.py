"""What happens to a loan: each movement takes the loan as locked and says what to write, and nothing else.

A new fact may be of any day: what is checked is that no day then sees more than could be. What the journal
gains beside the fact's own entry is what the fact changes of later days: a loss grows or shrinks with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import new_id
from services.loans.domain.borrower import Borrower
from services.loans.domain.ledger import Entry, EntryKind
from services.loans.domain.life.borrower_events import BorrowerEventKind, require_event
from services.loans.domain.life.facts import LoanFile, Recovery, Tranche, require_schedule
from services.loans.domain.life.settling import settle
from services.loans.domain.life.standing import stand
from services.loans.domain.loan import Loan, LoanAct, LossCause, next_status
from services.loans.domain.refusals import (
    LoanWrittenOff,
    NothingUnpaid,
    RecoveryTooLarge,
    RepaymentTooLarge,
    TrancheTooLarge,
)
from services.loans.domain.repayment import (
    EarlyMode,
    PaymentMethod,
    Repayment,
    Reversal,
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
    split_unrecovered,
)
from services.loans.domain.terms import Terms, count_instalments

EVENT_OF_CAUSE = {
    LossCause.DEATH: BorrowerEventKind.DEATH,
    LossCause.INSOLVENCY: BorrowerEventKind.INSOLVENCY,
}


@dataclass(frozen=True, slots=True)
class Movement:
    """The file after the movement, and the entries that the journal gains."""

    file: LoanFile
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Payment:
    """`early` is how an early repayment is asked for; an ordinary one says nothing."""

    amount_cents: int
    paid_on: date
    method: PaymentMethod
    reference: str | None = None
    early: EarlyMode | None = None


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
    settings_version: int | None = None,
    reference: str | None = None,
    first_tranche_cents: int | None = None,
) -> Movement:
    """The disbursement: the loan, its schedule and its frozen shares. `paid_in_cents` in convention order.

    Where only a first tranche leaves, there is no schedule yet.
    """
    disbursed_cents = terms.amount_cents if first_tranche_cents is None else first_tranche_cents
    if disbursed_cents > terms.amount_cents:
        raise TrancheTooLarge(left_cents=terms.amount_cents, amount_cents=disbursed_cents)
    schedule = make_schedule(terms, disbursed_on, grace_included=grace_included)
    if disbursed_cents < terms.amount_cents:
        schedule = ()
    loan = Loan(
        id=loan_id or new_id(),
        fund_id=fund_id,
        region=region,
        number=number,
        borrower=borrower,
        terms=terms,
        disbursed_on=disbursed_on,
        principal_cents=disbursed_cents,
        instalment_count=count_instalments(terms, grace_included=grace_included),
        schedule=schedule,
        created_at=created_at,
        application_id=application_id,
        settings_version=settings_version,
        reference=reference,
    )
    shares = freeze_shares(
        terms.amount_cents, paid_in_cents, disbursed_on, first_tranche_cents=first_tranche_cents
    )
    tranche = Tranche(new_id(), disbursed_cents, disbursed_on, reference)
    parts = {share.funder_id: share.principal_cents for share in shares if share.principal_cents}
    entry = loan.books.entry(EntryKind.DISBURSEMENT, disbursed_on, parts)
    return Movement(LoanFile(loan, shares, schedule, (tranche,)), (entry,))


def repay(file: LoanFile, payment: Payment, *, today: date) -> Movement:
    """The new repayment is the last of the file's; a wholly repaid loan is told how little it owes.

    One that arrives after the loss and is dated before it takes its amount off the loss.
    """
    loan = file.loan
    check_repayment(file, amount_cents=payment.amount_cents, paid_on=payment.paid_on, today=today)
    next_status(loan, LoanAct.REPAY_PART)
    repayment = Repayment(
        id=new_id(),
        loan_id=loan.id,
        recorded_rank=len(file.repayments) + 1,
        amount_cents=payment.amount_cents,
        paid_on=payment.paid_on,
        method=payment.method,
        reference=payment.reference,
        early=payment.early,
    )
    received = replace(file, repayments=(*file.repayments, repayment))
    regained: tuple[Entry, ...] = ()
    if loan.written_off_on is not None:
        parts = split_unrecovered(file.shares, payment.amount_cents)
        received = replace(received, shares=lose(received.shares, parts, sign=-1))
        regained = (loan.books.entry(EntryKind.WRITE_OFF_REDUCTION, loan.written_off_on, parts),)
    else:
        parts = split_credit(file.shares, payment.amount_cents)
    entry = loan.books.entry(EntryKind.REPAYMENT, payment.paid_on, parts, repayment_id=repayment.id)
    received = replace(received, shares=credit(received.shares, parts))
    return Movement(settle(received), (entry, *regained))


def check_repayment(file: LoanFile, *, amount_cents: int, paid_on: date, today: date) -> None:
    require_past(DateField.PAID_ON, paid_on, today)
    require_schedule(file)
    require_order(DateField.DISBURSED_ON, file.starts_on, DateField.PAID_ON, paid_on)
    written_off_on = file.loan.written_off_on
    if written_off_on is not None and paid_on > written_off_on:
        raise LoanWrittenOff(written_off_on=written_off_on)
    owed_cents = owed_cents_from(file, paid_on)
    if amount_cents > owed_cents:
        raise RepaymentTooLarge(owed_cents=owed_cents, amount_cents=amount_cents)


def owed_cents_from(file: LoanFile, on: date) -> int:
    """The most that may be repaid that day: no later day may see more than the principal come back."""
    principal_cents = file.loan.principal_cents
    return principal_cents - max(_come_back_cents(file, day) for day in _days_from(file, on))


def reverse(
    file: LoanFile,
    repayment: Repayment,
    original: Credited,
    *,
    reversed_on: date,
    reason: str,
    today: date,
) -> Movement:
    """A written-off loan owes nothing: what the reversal gives back is lost, at the later of both days."""
    loan = file.loan
    check_reversal(repayment, reversed_on=reversed_on, today=today)
    next_status(loan, LoanAct.REVERSE)
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
        shares=credit(file.shares, parts, sign=-1),
        repayments=tuple(
            replace(other, reversal=reversal) if other.id == repayment.id else other
            for other in file.repayments
        ),
    )
    if loan.written_off_on is None:
        return Movement(settle(after), (entry,))
    lost = _lose(after, repayment.amount_cents, max(reversed_on, loan.written_off_on))
    return Movement(settle(lost.file), (entry, *lost.entries))


def write_off(
    file: LoanFile,
    *,
    written_off_on: date,
    reason: str,
    today: date,
    cause: LossCause = LossCause.UNCOLLECTABLE,
) -> Movement:
    """What is owed that day is lost, and what bounces afterwards on the day that it bounces.

    Money dated later would have been a recovery, and a later change of the schedule would have found nothing:
    where there is any, the loss cannot be of that day. Nor is a loan lost while the fund still promises the
    rest of it: it has no schedule by which to count what was due.
    """
    next_status(file.loan, LoanAct.WRITE_OFF)
    require_past(DateField.WRITTEN_OFF_ON, written_off_on, today)
    require_schedule(file)
    require_order(DateField.DISBURSED_ON, file.starts_on, DateField.WRITTEN_OFF_ON, written_off_on)
    if cause in EVENT_OF_CAUSE:
        require_event(file.events, EVENT_OF_CAUSE[cause], written_off_on)
    for repayment in file.repayments:
        require_order(DateField.PAID_ON, repayment.paid_on, DateField.WRITTEN_OFF_ON, written_off_on)
    for change in file.changes:
        require_order(DateField.FROM, change.on, DateField.WRITTEN_OFF_ON, written_off_on)
    lost_cents = stand(file, written_off_on).outstanding_cents
    if lost_cents == 0:
        raise NothingUnpaid(on=written_off_on)
    loan = replace(
        file.loan, written_off_on=written_off_on, written_off_reason=reason, written_off_cause=cause
    )
    lost = _lose(replace(file, loan=loan), lost_cents, written_off_on)
    after, entries = lost.file, lost.entries
    for repayment in file.repayments:
        if repayment.reversed_on is not None and repayment.reversed_on > written_off_on:
            lost = _lose(after, repayment.amount_cents, repayment.reversed_on)
            after, entries = lost.file, (*entries, *lost.entries)
    return Movement(settle(after), entries)


def receive_recovery(
    file: LoanFile, *, amount_cents: int, received_on: date, today: date, reference: str | None = None
) -> Movement:
    """The new recovery is the last of the file's."""
    loan = file.loan
    next_status(loan, LoanAct.RECOVER)
    require_past(DateField.RECEIVED_ON, received_on, today)
    if loan.written_off_on is not None:
        require_order(DateField.WRITTEN_OFF_ON, loan.written_off_on, DateField.RECEIVED_ON, received_on)
    left_cents = owed_cents_from(file, received_on)
    if amount_cents > left_cents:
        raise RecoveryTooLarge(owed_cents=left_cents, amount_cents=amount_cents)
    parts = split_recovery(file.shares, amount_cents)
    after = replace(
        file,
        shares=recover(file.shares, parts),
        recoveries=(*file.recoveries, Recovery(new_id(), loan.id, amount_cents, received_on, reference)),
    )
    return Movement(settle(after), (loan.books.entry(EntryKind.RECOVERY, received_on, parts),))


def declare_funders(
    file: LoanFile, *, placeholder_id: UUID, paid_in_cents: Mapping[UUID, int], declared_on: date
) -> Movement:
    """An imported loan's funders take over, by entries of their own, what the placeholder bore for them."""
    loan = file.loan
    shares = freeze_shares(loan.principal_cents, paid_in_cents, declared_on)
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


def _days_from(file: LoanFile, on: date) -> set[date]:
    return {on, *(day for day in file.turning_days if day > on)}


def _come_back_cents(file: LoanFile, on: date) -> int:
    """Of the principal, as repayments or as recoveries of what was lost."""
    return sum(repayment.amount_cents for repayment in file.repayments if repayment.counts_on(on)) + sum(
        recovery.amount_cents for recovery in file.recoveries if recovery.received_on <= on
    )


def _lose(file: LoanFile, amount_cents: int, on: date) -> Movement:
    parts = split_credit(file.shares, amount_cents)
    entry = file.loan.books.entry(EntryKind.WRITE_OFF, on, parts)
    return Movement(replace(file, shares=lose(file.shares, parts)), (entry,))


def _parts_to_give_back(shares: Shares, original: Parts, amount_cents: int) -> Parts:
    """Those of the original, unless its funders were only declared after it."""
    holders = {share.funder_id for share in shares}
    return original if original.keys() <= holders else split_debit(shares, amount_cents)
