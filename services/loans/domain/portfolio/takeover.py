"""What the lines of a portfolio add to a fund: every loan's movements, and nothing twice.

A repayment line is known by its loan, its date, its amount and its rank among equal lines: the fund already
has as many of them as it has receipts of that day and amount.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.loans.domain.borrower import Borrower
from services.loans.domain.fund import Fund
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import open_loan
from services.loans.domain.portfolio.findings import Defect, Doubt, Finding, PortfolioFile
from services.loans.domain.portfolio.held_lines import RepaymentLine
from services.loans.domain.portfolio.lines import LoanLine, Portfolio
from services.loans.domain.portfolio.loan_history import (
    LoanHistory,
    assign,
    compare,
    lose,
    receive,
)
from services.loans.domain.portfolio.outcome import LoanTally
from services.loans.domain.portfolio.sheet import LoanColumn, RepaymentColumn
from services.loans.domain.shares import Parts
from services.loans.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Holder:
    """The fund that takes a portfolio over.

    `bearers` gives who bears a loan disbursed on a day: each funder's paid-in contributions by then, in
    convention order, or the placeholder where none had paid in.
    """

    fund: Fund
    bearers: Callable[[date], Parts]
    borrower_of: Callable[[LoanLine], Borrower]


Known = Mapping[str, LoanFile]
"""The loans of some numbers that the fund already has."""


class Takeover:
    """A portfolio as it is taken, some loans at a time, so that never all of them are held.

    Losses are dated `as_of`, by default the day of the last line received: until all loans are seen that day
    is not known, and those to be lost wait for the last parts.
    """

    def __init__(
        self, portfolio: Portfolio, holder: Holder, *, as_of: date | None, today: date, created_at: datetime
    ) -> None:
        self._portfolio, self._holder = portfolio, holder
        self._lines = {line.number: line for line in portfolio.loans}
        self._as_of, self._today, self._created_at = as_of, today, created_at
        self._last_received_on: date | None = None
        self._waiting: list[str] = []
        self._findings = list(portfolio.findings)
        self.tallies: list[LoanTally] = []

    @property
    def numbers(self) -> list[str]:
        """Every loan that one of the files speaks of, those of the loans' file first."""
        return list(dict.fromkeys((*self._lines, *self._portfolio.repayments.numbers)))

    @property
    def waiting(self) -> list[str]:
        """Those whose loss is still to be dated, once every part of `numbers` was taken."""
        return list(self._waiting)

    @property
    def as_of(self) -> date:
        """The day of the losses and of the figures; the last one once every part was taken."""
        return self._as_of or self._last_received_on or self._today

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the order of the files' lines."""
        return tuple(sorted(self._findings, key=_place))

    def take(self, numbers: Iterable[str], known: Known) -> list[LoanHistory]:
        """A part of `numbers`. What waits is not among the histories."""
        histories = []
        for number in numbers:
            history = self._begin(number, known)
            if history is None:
                continue
            receive(history, until=self._as_of if history.is_to_lose else None, today=self._today)
            self._received(history)
            if history.is_to_lose and self._as_of is None:
                self._waiting.append(number)
            else:
                histories.append(self._end(history))
        return histories

    def take_waiting(self, numbers: Iterable[str], known: Known) -> list[LoanHistory]:
        """A part of `waiting`."""
        histories = []
        for number in numbers:
            history = self._begin(number, known)
            if history is not None:
                receive(history, until=self.as_of, today=self._today)
                histories.append(self._end(history))
        return histories

    def _begin(self, number: str, known: Known) -> LoanHistory | None:
        """None, with a finding for each line, where neither the fund nor the loans' file has the loan."""
        line, file = self._lines.get(number), known.get(number)
        lines = self._portfolio.repayments.of(number)
        if line is not None:
            history = _open(line, file, self._holder, self._created_at)
        elif file is not None:
            history = LoanHistory(file, file, None)
        else:
            self._findings += [_unknown_loan(one) for one in lines]
            return None
        assign(history, lines)
        return history

    def _end(self, history: LoanHistory) -> LoanHistory:
        if history.is_to_lose:
            lose(history, self.as_of, today=self._today)
            receive(history, until=None, today=self._today)
        compare(history)
        self._findings += history.findings
        self.tallies.append(LoanTally.of(history.file))
        return history

    def _received(self, history: LoanHistory) -> None:
        if history.last_received_on is not None:
            self._last_received_on = max(self._last_received_on or date.min, history.last_received_on)


def _open(line: LoanLine, known: LoanFile | None, holder: Holder, created_at: datetime) -> LoanHistory:
    grace_included = holder.fund.settings_on(line.disbursed_on).settings.grace_included
    terms = _terms_of_fund(line.terms, grace_included=grace_included)
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


def _unknown_loan(line: RepaymentLine) -> Finding:
    return Finding(
        PortfolioFile.REPAYMENTS,
        line.line,
        RepaymentColumn.NUMBER.value,
        Defect.UNKNOWN_LOAN,
        {"number": line.number},
    )


def _place(finding: Finding) -> tuple[bool, int]:
    return finding.file is PortfolioFile.REPAYMENTS, finding.line
