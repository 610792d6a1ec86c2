"""Many repayments in one order: each line is taken, or told why not. Lines of one loan go in date order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.kernel.identifiers import Siren
from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder, NotFound, Refusal
from services.loans.domain.ledger import Entry
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import Payment, repay
from services.loans.domain.life.standing import allocations_of
from services.loans.domain.loan import Loan
from services.loans.domain.refusals import LoansElement, LoanWrittenOff, RepaymentTooLarge
from services.loans.domain.remittance_refusals import OutsideRemittance
from services.loans.domain.repayment import Repayment
from services.loans.domain.schedule import Allocation

MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class LoanNumber:
    """A loan as officers call it: by its number in its fund."""

    fund_id: UUID
    number: str


LoanKey = UUID | LoanNumber


class LineStatus(StrEnum):
    RECORDED = "recorded"
    REFUSED = "refused"
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, slots=True)
class BatchLine:
    """`index` is its place in the order, from 0."""

    index: int
    loan: LoanKey
    payment: Payment


@dataclass(frozen=True, slots=True)
class Recorded:
    """`before` and `after` are the loan around this line alone."""

    index: int
    repayment: Repayment
    allocations: tuple[Allocation, ...]
    before: Loan
    after: Loan


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """`field` is what the refusal is about, empty where it is the line as a whole."""

    index: int
    refusal: Refusal
    field: str

    @property
    def pointer(self) -> str:
        return f"/items/{self.index}/{self.field}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose a remittance is."""

    region: str
    cae_siren: Siren


@dataclass(frozen=True, slots=True)
class LoanLines:
    """What the lines of one loan come to: the file before and after them all."""

    before: LoanFile
    after: LoanFile
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    loans: tuple[LoanLines, ...]
    recorded: tuple[Recorded, ...]
    refused: tuple[RefusedLine, ...]


def decide(
    lines: Sequence[BatchLine],
    files: Mapping[LoanKey, LoanFile],
    *,
    remitted_by: Tenant | None,
    today: date,
) -> Decided:
    """`files` are the loans that the caller sees, by each key that a line has for them."""
    by_loan: defaultdict[UUID, list[BatchLine]] = defaultdict(list)
    refused = []
    for line in lines:
        file = files.get(line.loan)
        if file is None:
            refused.append(_unseen(line))
        elif remitted_by is not None and tenant_of(file.loan) != remitted_by:
            refused.append(_outside(line, file.loan, remitted_by))
        else:
            by_loan[file.loan.id].append(line)
    by_id = {file.loan.id: file for file in files.values()}
    loans, recorded = [], []
    for loan_id, of_loan in by_loan.items():
        taken, done, not_done = _take(by_id[loan_id], of_loan, today=today)
        loans.append(taken)
        recorded += done
        refused += not_done
    return Decided(
        tuple(loan for loan in loans if loan.entries),
        tuple(sorted(recorded, key=lambda line: line.index)),
        tuple(sorted(refused, key=lambda line: line.index)),
    )


def tenant_of(loan: Loan) -> Tenant:
    return Tenant(loan.region, loan.borrower.cae.siren)


def _take(
    file: LoanFile, lines: Iterable[BatchLine], *, today: date
) -> tuple[LoanLines, list[Recorded], list[RefusedLine]]:
    """A refused line changes nothing for those that follow it."""
    now = file
    entries: list[Entry] = []
    recorded, refused = [], []
    for line in sorted(lines, key=lambda line: (line.payment.paid_on, line.index)):
        try:
            movement = repay(now, line.payment, today=today)
        except Refusal as refusal:
            refused.append(RefusedLine(line.index, refusal, _FIELDS.get(type(refusal), "")))
            continue
        after = movement.file
        repayment = after.repayments[-1]
        allocations = tuple(allocations_of(after, repayment))
        recorded.append(Recorded(line.index, repayment, allocations, now.loan, after.loan))
        entries += movement.entries
        now = after
    return LoanLines(file, now, tuple(entries)), recorded, refused


def _unseen(line: BatchLine) -> RefusedLine:
    named: UUID | str
    field, named = (
        ("loan_number", line.loan.number) if isinstance(line.loan, LoanNumber) else ("loan_id", line.loan)
    )
    return RefusedLine(line.index, NotFound(what=LoansElement.LOAN, id=named), field)


def _outside(line: BatchLine, loan: Loan, remitted_by: Tenant) -> RefusedLine:
    refusal = OutsideRemittance(
        number=loan.number,
        cae_siren=loan.borrower.cae.siren,
        region=loan.region,
        remittance_cae_siren=remitted_by.cae_siren,
        remittance_region=remitted_by.region,
    )
    field = "loan_number" if isinstance(line.loan, LoanNumber) else "loan_id"
    return RefusedLine(line.index, refusal, field)


_FIELDS: Mapping[type[Refusal], str] = {
    RepaymentTooLarge: "amount_cents",
    DateInTheFuture: "paid_on",
    DatesOutOfOrder: "paid_on",
    LoanWrittenOff: "paid_on",
}
