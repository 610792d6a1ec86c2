"""What the lines of a portfolio add to a fund: every loan's movements, and nothing twice.

A repayment line is known by its loan, its date, its amount and its rank among equal lines: the fund already
has as many of them as it has receipts of that day and amount.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.loans.domain.borrower import Borrower
from services.loans.domain.fund import Fund
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import open_loan
from services.loans.domain.portfolio.findings import Defect, Doubt, Finding, PortfolioFile
from services.loans.domain.portfolio.lines import LoanLine, Portfolio, RepaymentLine
from services.loans.domain.portfolio.loan_history import (
    LoanHistory,
    assign,
    compare,
    lose,
    receive,
)
from services.loans.domain.portfolio.sheet import LoanColumn, RepaymentColumn
from services.loans.domain.shares import Parts
from services.loans.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Holder:
    """The fund that takes a portfolio over, and what it knows.

    `bearers` gives who bears a loan disbursed on a day: each funder's paid-in contributions by then, in
    convention order, or the placeholder where none had paid in.
    """

    fund: Fund
    known: Mapping[str, LoanFile]
    bearers: Callable[[date], Parts]
    borrower_of: Callable[[LoanLine], Borrower]


@dataclass(frozen=True, slots=True)
class Takeover:
    """`as_of` is the day that losses are dated; `findings` come in the order of the files' lines."""

    histories: tuple[LoanHistory, ...]
    as_of: date
    findings: tuple[Finding, ...]


def take_over(
    portfolio: Portfolio, holder: Holder, *, as_of: date | None, today: date, created_at: datetime
) -> Takeover:
    """Losses are dated `as_of`, by default the day of the last repayment; money later than them recovers."""
    histories = {line.number: _open(line, holder, created_at) for line in portfolio.loans}
    findings = list(portfolio.findings)
    for number, lines in _by_loan(portfolio.repayments).items():
        known = holder.known.get(number)
        if known is not None and number not in histories:
            histories[number] = LoanHistory(known, known, None)
        if number in histories:
            assign(histories[number], lines)
        else:
            findings += [_unknown_loan(line) for line in lines]
    for history in histories.values():
        receive(history, until=as_of if history.is_to_lose else None, today=today)
    received = [history.last_received_on for history in histories.values() if history.last_received_on]
    lost_on = as_of or max(received, default=today)
    for history in histories.values():
        if history.is_to_lose:
            lose(history, lost_on, today=today)
            receive(history, until=None, today=today)
        compare(history)
        findings += history.findings
    findings.sort(key=lambda finding: (finding.file is PortfolioFile.REPAYMENTS, finding.line))
    return Takeover(tuple(histories.values()), lost_on, tuple(findings))


def _open(line: LoanLine, holder: Holder, created_at: datetime) -> LoanHistory:
    grace_included = holder.fund.settings_on(line.disbursed_on).settings.grace_included
    terms = _terms_of_fund(line.terms, grace_included=grace_included)
    known = holder.known.get(line.number)
    if known is not None:
        history = LoanHistory(known, known, line)
        loan = known.loan
        if (loan.terms, loan.disbursed_on) != (terms, line.disbursed_on):
            history.doubt(LoanColumn.NUMBER, Doubt.RECORDED_OTHERWISE, number=line.number)
        return history
    opening = open_loan(
        fund_id=holder.fund.id,
        region=holder.fund.region,
        number=line.number,
        borrower=holder.borrower_of(line),
        terms=terms,
        grace_included=grace_included,
        disbursed_on=line.disbursed_on,
        paid_in_cents=holder.bearers(line.disbursed_on),
        created_at=created_at,
    )
    return LoanHistory(None, opening.file, line, entries=list(opening.entries))


def _terms_of_fund(terms: Terms, *, grace_included: bool) -> Terms:
    """The files' durations include the grace; the fund that takes them over may count otherwise."""
    return terms if grace_included else replace(terms, months=terms.months - terms.grace_months)


def _by_loan(lines: Iterable[RepaymentLine]) -> dict[str, list[RepaymentLine]]:
    by_loan: dict[str, list[RepaymentLine]] = defaultdict(list)
    for line in lines:
        by_loan[line.number].append(line)
    return by_loan


def _unknown_loan(line: RepaymentLine) -> Finding:
    return Finding(
        PortfolioFile.REPAYMENTS,
        line.line,
        RepaymentColumn.NUMBER.value,
        Defect.UNKNOWN_LOAN,
        {"number": line.number},
    )
