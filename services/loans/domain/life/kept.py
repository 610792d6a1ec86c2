"""A repayment that comes after every other fact of its loan, decided on what is kept beside the facts.

Most repayments are recorded in the order of their dates. What is kept of the loan then says all that the
facts would, and they need not be read: the same checks, split and schedule as `movements.repay` gives.
"""

from dataclasses import dataclass, replace
from datetime import date

from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import new_id
from services.loans.domain.ledger import Entry, EntryKind
from services.loans.domain.life.movements import Payment
from services.loans.domain.loan import Loan, LoanAct, LoanStatus, next_status
from services.loans.domain.refusals import RepaymentTooLarge
from services.loans.domain.repayment import Repayment
from services.loans.domain.schedule import Allocation, allocate
from services.loans.domain.shares import Shares, credit, split_credit


@dataclass(frozen=True, slots=True)
class KeptLoan:
    """A loan without its facts. Whatever is of `in_order_from` or later is surely the last of them."""

    loan: Loan
    shares: Shares
    in_order_from: date
    repayments: int

    def has_all_before(self, payment: Payment) -> bool:
        """Whether nothing of the loan comes after the payment, nor is laid out again by it."""
        return (
            self.loan.status is LoanStatus.ACTIVE
            and self.loan.written_off_on is None
            and bool(self.loan.schedule)
            and payment.early is None
            and payment.paid_on >= self.in_order_from
        )


@dataclass(frozen=True, slots=True)
class LastRepayment:
    """The loan and its shares after it; `allocations` are the instalments that it covers."""

    loan: Loan
    shares: Shares
    repayment: Repayment
    entry: Entry
    allocations: tuple[Allocation, ...]


def repay_last(kept: KeptLoan, payment: Payment, *, today: date) -> LastRepayment:
    """Only of a payment that `has_all_before` allows."""
    loan = kept.loan
    require_past(DateField.PAID_ON, payment.paid_on, today)
    if payment.amount_cents > loan.outstanding_cents:
        raise RepaymentTooLarge(owed_cents=loan.outstanding_cents, amount_cents=payment.amount_cents)
    next_status(loan, LoanAct.REPAY_PART)
    repayment = Repayment(
        id=new_id(),
        loan_id=loan.id,
        recorded_rank=kept.repayments + 1,
        amount_cents=payment.amount_cents,
        paid_on=payment.paid_on,
        method=payment.method,
        reference=payment.reference,
    )
    parts = split_credit(kept.shares, payment.amount_cents)
    is_whole = payment.amount_cents == loan.outstanding_cents
    return LastRepayment(
        loan=replace(
            loan,
            repaid_cents=loan.repaid_cents + payment.amount_cents,
            status=LoanStatus.REPAID if is_whole else LoanStatus.ACTIVE,
        ),
        shares=credit(kept.shares, parts),
        repayment=repayment,
        entry=loan.books.entry(EntryKind.REPAYMENT, payment.paid_on, parts, repayment_id=repayment.id),
        allocations=tuple(allocate(loan.schedule, loan.repaid_cents, payment.amount_cents)),
    )
