"""One loan as a portfolio tells it: what its lines add to what the fund already knows, in date order."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from services.kernel.refusals import DatesOutOfOrder
from services.loans.domain.ledger import Entry, EntryKind
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import Movement, Payment, receive_recovery, repay, write_off
from services.loans.domain.life.series import repay_in_order
from services.loans.domain.loan import LoanStatus
from services.loans.domain.portfolio.findings import Defect, DefectError, Doubt, Finding, PortfolioFile
from services.loans.domain.portfolio.held_lines import RepaymentLine
from services.loans.domain.portfolio.lines import LoanLine
from services.loans.domain.portfolio.sheet import LoanColumn, RepaymentColumn
from services.loans.domain.portfolio.values import STATUS_WORDS
from services.loans.domain.refusals import RecoveryTooLarge, RepaymentTooLarge

MOST_REPAYMENTS = 1_000
LOSS_REASON = "Perte constatée à la reprise du portefeuille"

Receipt = tuple[date, int]
"""The day and the amount in cents: what makes two repayment lines of one loan equal."""


def receipts_of(file: LoanFile) -> list[Receipt]:
    """Whoever recorded them; a reversed repayment still stands in its operator's spreadsheet."""
    return [
        *((repayment.paid_on, repayment.amount_cents) for repayment in file.repayments),
        *((recovery.received_on, recovery.amount_cents) for recovery in file.recoveries),
    ]


@dataclass(slots=True)
class LoanHistory:
    """`file` grows with each movement, `entries` are what the journal gains by them.

    `before` is None for a loan that the fund did not have, `line` for one that only the repayments' file
    speaks of; `pending` are the lines not yet taken, in date order.
    """

    before: LoanFile | None
    file: LoanFile
    line: LoanLine | None
    entries: list[Entry] = field(default_factory=list)
    pending: deque[RepaymentLine] = field(default_factory=deque)
    lines_known: int = 0
    repayments_taken: int = 0
    recoveries_taken: int = 0
    last_received_on: date | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_to_lose(self) -> bool:
        return (
            self.line is not None
            and self.line.stated_status is LoanStatus.WRITTEN_OFF
            and self.file.loan.status is LoanStatus.ACTIVE
        )

    @property
    def is_newly_lost(self) -> bool:
        return any(entry.kind is EntryKind.WRITE_OFF for entry in self.entries)

    @property
    def lines_held(self) -> int:
        return self.lines_known + self.repayments_taken + self.recoveries_taken

    def follow(self, movement: Movement) -> None:
        self.file = movement.file
        self.entries += movement.entries

    def doubt(self, column: LoanColumn, code: Doubt, **facts: object) -> None:
        if self.line is not None:
            self.findings.append(Finding(PortfolioFile.LOANS, self.line.line, column.value, code, facts))


def assign(history: LoanHistory, lines: Iterable[RepaymentLine]) -> None:
    """Sort out the lines that the fund already has: as many as it has equal receipts."""
    left = Counter(receipts_of(history.before) if history.before else ())
    new = []
    for line in lines:
        receipt = (line.paid_on, line.amount_cents)
        if left[receipt]:
            left[receipt] -= 1
            history.lines_known += 1
            _received(history, line)
        else:
            new.append(line)
    history.pending = deque(sorted(new, key=lambda line: (line.paid_on, line.line)))


def receive(history: LoanHistory, *, until: date | None, today: date) -> None:
    """Take the pending lines, up to and including a day; each that cannot be taken is a finding."""
    while history.pending and (until is None or history.pending[0].paid_on <= until):
        if _receive_in_order(history, until=until, today=today):
            continue
        line = history.pending.popleft()
        try:
            _take(history, line, today=today)
        except DefectError as defect:
            history.findings.append(defect.found(PortfolioFile.REPAYMENTS, line.line))
        else:
            _received(history, line)


def _receive_in_order(history: LoanHistory, *, until: date | None, today: date) -> int:
    """As many of the next lines as follow one another without anything to say of them."""
    room = MOST_REPAYMENTS - history.lines_held
    next_lines = islice(history.pending, max(room, 0))
    payments = (_payment(line) for line in next_lines if until is None or line.paid_on <= until)
    movement, taken = repay_in_order(history.file, payments, today=today)
    if taken:
        history.follow(movement)
        history.repayments_taken += taken
        for _ in range(taken):
            _received(history, history.pending.popleft())
    return taken


def lose(history: LoanHistory, on: date, *, today: date) -> None:
    """The loss is of all that is owed on that day; the file's own amount is only compared with it."""
    try:
        history.follow(write_off(history.file, written_off_on=on, reason=LOSS_REASON, today=today))
    except DatesOutOfOrder:
        history.doubt(LoanColumn.STATUS, Doubt.LOSS_NOT_TAKEN, as_of=on)


def compare(history: LoanHistory) -> None:
    """What the file says of the loan beside what its movements make of it."""
    line, loan = history.line, history.file.loan
    if line is None:
        return
    if line.stated_status not in {None, loan.status}:
        history.doubt(
            LoanColumn.STATUS,
            Doubt.STATUS,
            stated=STATUS_WORDS[line.stated_status or loan.status],
            computed=STATUS_WORDS[loan.status],
        )
    lost_cents = loan.written_off_cents - loan.recovered_cents
    if line.stated_loss_cents and line.stated_status is not LoanStatus.WRITTEN_OFF:
        history.doubt(LoanColumn.LOSS, Doubt.LOSS_WITHOUT_STATUS)
    elif line.stated_loss_cents and line.stated_loss_cents != lost_cents:
        history.doubt(
            LoanColumn.LOSS, Doubt.LOSS_AMOUNT, stated_cents=line.stated_loss_cents, lost_cents=lost_cents
        )


def _take(history: LoanHistory, line: RepaymentLine, *, today: date) -> None:
    loan = history.file.loan
    if line.paid_on < loan.disbursed_on:
        raise DefectError(
            RepaymentColumn.PAID_ON,
            Defect.BEFORE_DISBURSEMENT,
            on=line.paid_on,
            disbursed_on=loan.disbursed_on,
        )
    if history.lines_held >= MOST_REPAYMENTS:
        raise DefectError(RepaymentColumn.NUMBER, Defect.TOO_MANY, most=MOST_REPAYMENTS)
    try:
        if loan.written_off_on is None:
            history.follow(repay(history.file, _payment(line), today=today))
            history.repayments_taken += 1
        elif line.paid_on < loan.written_off_on:
            raise DefectError(RepaymentColumn.PAID_ON, Defect.WRITTEN_OFF, written_off_on=loan.written_off_on)
        else:
            history.follow(
                receive_recovery(
                    history.file, amount_cents=line.amount_cents, received_on=line.paid_on, today=today
                )
            )
            history.recoveries_taken += 1
    except (RepaymentTooLarge, RecoveryTooLarge) as refusal:
        raise DefectError(RepaymentColumn.AMOUNT, Defect.MORE_THAN_OWED, **refusal.facts) from refusal


def _payment(line: RepaymentLine) -> Payment:
    return Payment(line.amount_cents, line.paid_on, line.method)


def _received(history: LoanHistory, line: RepaymentLine) -> None:
    last = history.last_received_on
    history.last_received_on = line.paid_on if last is None else max(last, line.paid_on)
