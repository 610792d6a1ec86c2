"""What the loans of a portfolio add up to on a day, once taken: to compare with the operator's own totals."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, chain

from services.loans.domain.indicators import Indicator, IndicatorKind
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.loan import LoanStatus
from services.loans.domain.repayment import Repayment
from services.loans.domain.schedule import (
    Instalment,
    Schedule,
    due_cents,
    oldest_unpaid_due,
    unpaid_due_cents,
)

PORTFOLIO_AT_RISK_DAYS = 30
SUMS = (
    "loans",
    "disbursed_cents",
    "repaid_cents",
    "recovered_cents",
    "written_off_cents",
    "outstanding_cents",
    "arrears_cents",
    "due_cents",
    "received_on_due_cents",
    "par_30_cents",
)


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


@dataclass(frozen=True, slots=True)
class LoanTally:
    """What a loan's figures of any day are made of, in whole numbers: a fraction of its file.

    Each is flat, a day and an amount at a time: of each repayment in `repaid`, where a reversal takes it off
    again on its own day, of each recovery in `recovered` and of each instalment in `due`.
    """

    principal_cents: int
    disbursed_on: date
    written_off_on: date | None
    repaid: "array[int]"
    recovered: "array[int]"
    due: "array[int]"

    @classmethod
    def of(cls, file: LoanFile) -> "LoanTally":
        loan = file.loan
        return cls(
            loan.principal_cents,
            loan.disbursed_on,
            loan.written_off_on,
            _flat(chain.from_iterable(map(_came_and_went, file.repayments))),
            _flat((one.received_on.toordinal(), one.amount_cents) for one in file.recoveries),
            _flat((one.due_on.toordinal(), one.amount_cents) for one in loan.schedule),
        )

    def repaid_cents_on(self, on: date) -> int:
        return _sum_until(self.repaid, on)

    def recovered_cents_on(self, on: date) -> int:
        return _sum_until(self.recovered, on)

    @property
    def schedule(self) -> Schedule:
        sums = accumulate(self.due[1::2])
        return tuple(
            Instalment(rank, date.fromordinal(day), amount_cents, cumulative_cents)
            for rank, ((day, amount_cents), cumulative_cents) in enumerate(
                zip(_rows(self.due), sums, strict=True), start=1
            )
        )


def add_up(tallies: Iterable[LoanTally], as_of: date) -> Outcome:
    by_status: Counter[LoanStatus] = Counter()
    sums: Counter[str] = Counter()
    for tally in tallies:
        if tally.disbursed_on > as_of:
            continue
        loan = _on(tally, as_of)
        by_status[loan.status] += 1
        sums["loans"] += 1
        sums["disbursed_cents"] += loan.disbursed
        sums["repaid_cents"] += loan.repaid
        sums["recovered_cents"] += loan.recovered
        sums["written_off_cents"] += loan.written_off
        sums["outstanding_cents"] += loan.outstanding
        sums["arrears_cents"] += loan.arrears
        sums["due_cents"] += loan.due
        sums["received_on_due_cents"] += loan.received_on_due
        sums["par_30_cents"] += loan.outstanding if loan.days_late > PORTFOLIO_AT_RISK_DAYS else 0
    return Outcome(as_of=as_of, by_status=dict(by_status), **{name: sums[name] for name in SUMS})


def _on(tally: LoanTally, as_of: date) -> _Figures:
    schedule = tally.schedule
    repaid_cents = tally.repaid_cents_on(as_of)
    is_lost = tally.written_off_on is not None and tally.written_off_on <= as_of
    oldest = None if is_lost else oldest_unpaid_due(schedule, repaid_cents, as_of)
    return _Figures(
        status=_status(is_lost=is_lost, is_repaid=repaid_cents == tally.principal_cents),
        disbursed=tally.principal_cents,
        repaid=repaid_cents,
        recovered=tally.recovered_cents_on(as_of),
        # A loss takes all that is owed at its date, and nothing is repaid after it.
        written_off=tally.principal_cents - repaid_cents if is_lost else 0,
        arrears=0 if is_lost else unpaid_due_cents(schedule, repaid_cents, as_of),
        due=due_cents(schedule, as_of),
        days_late=(as_of - oldest.due_on).days if oldest else 0,
    )


def _came_and_went(repayment: Repayment) -> Iterator[tuple[int, int]]:
    yield repayment.paid_on.toordinal(), repayment.amount_cents
    if repayment.reversed_on is not None:
        yield repayment.reversed_on.toordinal(), -repayment.amount_cents


def _flat(rows: Iterable[Iterable[int]]) -> "array[int]":
    return array("q", chain.from_iterable(rows))


def _rows(flat: "array[int]") -> Iterator[tuple[int, int]]:
    values = iter(flat)
    return zip(values, values, strict=True)


def _sum_until(flat: "array[int]", on: date) -> int:
    until = on.toordinal()
    return sum(amount_cents for day, amount_cents in _rows(flat) if day <= until)


def _status(*, is_lost: bool, is_repaid: bool) -> LoanStatus:
    if is_lost:
        return LoanStatus.WRITTEN_OFF
    return LoanStatus.REPAID if is_repaid else LoanStatus.ACTIVE
