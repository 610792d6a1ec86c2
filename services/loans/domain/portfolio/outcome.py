"""What the loans of a portfolio add up to on a day, once taken: to compare with the operator's own totals."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.loans.domain.indicators import Indicator, IndicatorKind
from services.loans.domain.loan import LoanStatus, delay_of
from services.loans.domain.portfolio.loan_history import LoanHistory
from services.loans.domain.repayment import repaid_cents_on
from services.loans.domain.schedule import due_cents

PORTFOLIO_AT_RISK_DAYS = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of the loans that the files name, disbursed by `as_of`; what the fund knew already is included."""

    as_of: date
    loans: int
    by_status: dict[LoanStatus, int]
    disbursed_cents: int
    repaid_cents: int
    recovered_cents: int
    written_off_cents: int
    outstanding_cents: int
    arrears_cents: int
    due_cents: int
    received_on_due_cents: int
    par_30_cents: int

    @property
    def repayment_rate(self) -> Indicator:
        return Indicator(IndicatorKind.REPAYMENT_RATE, self.received_on_due_cents, self.due_cents, self.as_of)


@dataclass(frozen=True, slots=True)
class _Figures:
    """One loan on a day, in cents."""

    status: LoanStatus
    disbursed: int
    repaid: int
    recovered: int
    written_off: int
    arrears: int
    due: int
    days_late: int

    @property
    def outstanding(self) -> int:
        return self.disbursed - self.repaid - self.written_off

    @property
    def received_on_due(self) -> int:
        return min(self.due, self.repaid + self.recovered)


def add_up(histories: Iterable[LoanHistory], as_of: date) -> Outcome:
    figures = [_on(history, as_of) for history in histories if history.file.loan.disbursed_on <= as_of]
    return Outcome(
        as_of=as_of,
        loans=len(figures),
        by_status=dict(Counter(loan.status for loan in figures)),
        disbursed_cents=sum(loan.disbursed for loan in figures),
        repaid_cents=sum(loan.repaid for loan in figures),
        recovered_cents=sum(loan.recovered for loan in figures),
        written_off_cents=sum(loan.written_off for loan in figures),
        outstanding_cents=sum(loan.outstanding for loan in figures),
        arrears_cents=sum(loan.arrears for loan in figures),
        due_cents=sum(loan.due for loan in figures),
        received_on_due_cents=sum(loan.received_on_due for loan in figures),
        par_30_cents=sum(loan.outstanding for loan in figures if loan.days_late > PORTFOLIO_AT_RISK_DAYS),
    )


def _on(history: LoanHistory, as_of: date) -> _Figures:
    loan = history.file.loan
    principal_cents = loan.principal_cents
    repaid_cents = repaid_cents_on(history.file.repayments, as_of)
    is_lost = loan.written_off_on is not None and loan.written_off_on <= as_of
    # A loss takes all that is owed at its date, and nothing is repaid after it.
    written_off_cents = principal_cents - repaid_cents if is_lost else 0
    delay = delay_of(loan, as_of, repaid_cents=repaid_cents)
    return _Figures(
        status=_status(is_lost=is_lost, is_repaid=repaid_cents == principal_cents),
        disbursed=principal_cents,
        repaid=repaid_cents,
        recovered=sum(
            recovery.amount_cents for recovery in history.file.recoveries if recovery.received_on <= as_of
        ),
        written_off=written_off_cents,
        arrears=delay.arrears_cents,
        due=due_cents(loan.schedule, as_of),
        days_late=delay.days_late,
    )


def _status(*, is_lost: bool, is_repaid: bool) -> LoanStatus:
    if is_lost:
        return LoanStatus.WRITTEN_OFF
    return LoanStatus.REPAID if is_repaid else LoanStatus.ACTIVE
