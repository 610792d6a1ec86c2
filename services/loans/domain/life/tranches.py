"""A loan that leaves the fund in several payments: its schedule starts at the last."""

from dataclasses import replace
from datetime import date

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import new_id
from services.kernel.money import carry_split
from services.loans.domain.ledger import EntryKind
from services.loans.domain.life.borrower_events import LoanPath, require_open
from services.loans.domain.life.facts import LoanFile, Tranche, TrancheEnd
from services.loans.domain.life.movements import Movement
from services.loans.domain.life.settling import settle
from services.loans.domain.loan import LoanAct, next_status
from services.loans.domain.refusals import LoanWhollyDisbursed, TooManyInstalments, TrancheTooLarge
from services.loans.domain.schedule import Schedule, schedule_from


def pay_tranche(
    file: LoanFile, *, amount_cents: int, disbursed_on: date, reference: str | None, today: date
) -> Movement:
    """The new tranche is the last of the file's, whatever its date; the first one froze the shares."""
    loan = file.loan
    next_status(loan, LoanAct.PAY_TRANCHE)
    if file.original:
        raise LoanWhollyDisbursed(granted_cents=loan.terms.amount_cents)
    require_past(DateField.DISBURSED_ON, disbursed_on, today)
    require_order(DateField.DISBURSED_ON, loan.disbursed_on, DateField.DISBURSED_ON, disbursed_on)
    require_open(file.events, LoanPath.PAY_TRANCHE, disbursed_on)
    left_cents = file.left_to_disburse_cents
    if amount_cents > left_cents:
        raise TrancheTooLarge(left_cents=left_cents, amount_cents=amount_cents)
    parts = carry_split(
        amount_cents,
        [share.weight_cents for share in file.shares],
        [share.principal_cents for share in file.shares],
    )
    shares = tuple(
        replace(share, principal_cents=share.principal_cents + part)
        for share, part in zip(file.shares, parts, strict=True)
    )
    entry = loan.books.entry(
        EntryKind.DISBURSEMENT,
        disbursed_on,
        {share.funder_id: part for share, part in zip(file.shares, parts, strict=True) if part},
    )
    tranche = Tranche(new_id(), amount_cents, disbursed_on, reference)
    after = replace(file, shares=shares, tranches=(*file.tranches, tranche))
    if amount_cents == left_cents:
        after = replace(after, original=_schedule(after))
    return Movement(settle(after), (entry,))


def renounce_remainder(file: LoanFile, *, ended_on: date, reason: str, today: date) -> LoanFile:
    """No further tranche will leave: what has left is the loan, and its schedule starts at the last of it."""
    if file.original:
        raise LoanWhollyDisbursed(granted_cents=file.loan.terms.amount_cents)
    require_past(DateField.ENDED_ON, ended_on, today)
    require_order(DateField.DISBURSED_ON, file.starts_on, DateField.ENDED_ON, ended_on)
    count = file.loan.instalment_count
    if file.loan.principal_cents < count:
        raise TooManyInstalments(unpaid_cents=file.loan.principal_cents, months=count)
    ended = replace(file, tranche_end=TrancheEnd(ended_on, reason))
    return settle(replace(ended, original=_schedule(ended)))


def original_of(file: LoanFile) -> Schedule:
    """The schedule that the tranches give, none while one is still to leave."""
    return () if file.left_to_disburse_cents else _schedule(file)


def _schedule(file: LoanFile) -> Schedule:
    return schedule_from(
        sum(tranche.amount_cents for tranche in file.tranches),
        file.loan.instalment_count,
        grace_months=file.loan.terms.grace_months,
        starts_on=file.starts_on,
    )
