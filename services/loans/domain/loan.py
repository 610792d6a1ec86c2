"""A loan once disbursed: its life, and what it owes on any date."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.kernel.language import Word
from services.kernel.refusals import StatusForbids
from services.loans.domain.borrower import Borrower
from services.loans.domain.ledger import LoanBooks
from services.loans.domain.refusals import LoanWrittenOff
from services.loans.domain.schedule import Schedule, next_unpaid, oldest_unpaid_due, unpaid_due_cents
from services.loans.domain.terms import Terms


class LoanStatus(Word):
    ACTIVE = "active", "en cours", "active"
    REPAID = "repaid", "soldé", "repaid"
    WRITTEN_OFF = "written_off", "passé en perte", "written off"


class LossCause(Word):
    UNCOLLECTABLE = "uncollectable", "irrécouvrable", "uncollectable"
    DEATH = "death", "décès de l'emprunteur", "death of the borrower"
    INSOLVENCY = "insolvency", "insolvabilité de l'emprunteur", "insolvency of the borrower"


class LoanAct(Word):
    REPAY_PART = "repay_part", "rembourser une partie du prêt", "repaying a part of the loan"
    REPAY_LAST_CENT = "repay_last_cent", "solder le prêt", "repaying the loan's last cent"
    REVERSE = "reverse", "annuler un remboursement", "reversing a repayment"
    WRITE_OFF = "write_off", "passer le prêt en perte", "writing the loan off"
    RECOVER = "recover", "enregistrer une récupération", "recording a recovery"
    PAY_TRANCHE = "pay_tranche", "verser une tranche", "paying a tranche"
    REARRANGE = "rearrange", "réaménager l'échéancier", "rearranging the schedule"


# Facts arrive late: one dated before a loan was repaid or written off leaves it so.
LOAN_MOVES: dict[tuple[LoanStatus, LoanAct], LoanStatus] = {
    (LoanStatus.ACTIVE, LoanAct.REPAY_PART): LoanStatus.ACTIVE,
    (LoanStatus.ACTIVE, LoanAct.REPAY_LAST_CENT): LoanStatus.REPAID,
    (LoanStatus.ACTIVE, LoanAct.REVERSE): LoanStatus.ACTIVE,
    (LoanStatus.REPAID, LoanAct.REVERSE): LoanStatus.ACTIVE,
    (LoanStatus.WRITTEN_OFF, LoanAct.REPAY_PART): LoanStatus.WRITTEN_OFF,
    (LoanStatus.WRITTEN_OFF, LoanAct.REPAY_LAST_CENT): LoanStatus.REPAID,
    (LoanStatus.WRITTEN_OFF, LoanAct.REVERSE): LoanStatus.WRITTEN_OFF,
    (LoanStatus.ACTIVE, LoanAct.PAY_TRANCHE): LoanStatus.ACTIVE,
    (LoanStatus.ACTIVE, LoanAct.REARRANGE): LoanStatus.ACTIVE,
    (LoanStatus.REPAID, LoanAct.REARRANGE): LoanStatus.REPAID,
    (LoanStatus.WRITTEN_OFF, LoanAct.REARRANGE): LoanStatus.WRITTEN_OFF,
    (LoanStatus.ACTIVE, LoanAct.WRITE_OFF): LoanStatus.WRITTEN_OFF,
    (LoanStatus.WRITTEN_OFF, LoanAct.RECOVER): LoanStatus.WRITTEN_OFF,
}


@dataclass(frozen=True, slots=True)
class Loan:
    """`number` is the fund's own. A loan imported from before Essor has no application.

    `principal_cents` is what has left the fund, which is all that `terms` grant once the last tranche has.
    `schedule` is the one in force, empty until then; `disbursed_on` is the day of the first tranche.
    `settings_version`: of the fund, that it was decided under; None for an imported loan.
    """

    id: UUID
    fund_id: UUID
    region: str
    number: str
    borrower: Borrower
    terms: Terms
    disbursed_on: date
    principal_cents: int
    instalment_count: int
    schedule: Schedule
    created_at: datetime
    schedule_version: int = 1
    application_id: UUID | None = None
    settings_version: int | None = None
    reference: str | None = None
    status: LoanStatus = LoanStatus.ACTIVE
    repaid_cents: int = 0
    written_off_cents: int = 0
    recovered_cents: int = 0
    written_off_on: date | None = None
    written_off_reason: str | None = None
    written_off_cause: LossCause | None = None

    @property
    def outstanding_cents(self) -> int:
        return self.principal_cents - self.repaid_cents - self.written_off_cents

    @property
    def next_due_on(self) -> date | None:
        """Of the first instalment not wholly paid; a loan is late once that day has passed."""
        if self.written_off_on is not None:
            return None
        unpaid = next_unpaid(self.schedule, self.repaid_cents)
        return unpaid.due_on if unpaid else None

    @property
    def books(self) -> LoanBooks:
        return LoanBooks(self.id, self.fund_id, self.region, self.borrower.cae.siren)


@dataclass(frozen=True, slots=True)
class Delay:
    """Days late count from the oldest instalment whose date has come and that is not wholly paid."""

    arrears_cents: int
    days_late: int


ON_TIME = Delay(0, 0)


def delay_of(loan: Loan, on: date, *, repaid_cents: int | None = None) -> Delay:
    """Arrears on a date. `repaid_cents` is what counted then; by default all that was repaid to this day."""
    if loan.written_off_on is not None and on >= loan.written_off_on:
        return ON_TIME
    received_cents = loan.repaid_cents if repaid_cents is None else repaid_cents
    oldest = oldest_unpaid_due(loan.schedule, received_cents, on)
    if oldest is None:
        return ON_TIME
    arrears_cents = unpaid_due_cents(loan.schedule, received_cents, on)
    return Delay(arrears_cents, (on - oldest.due_on).days)


def days_late_since(next_due_on: date | None, on: date) -> int:
    """From the due date of the first instalment not wholly paid, without the schedule."""
    return 0 if next_due_on is None or next_due_on > on else (on - next_due_on).days


def arrears_cents_since(next_due_on: date | None, due_cents: int, received_cents: int, on: date) -> int:
    """Likewise; `due_cents` are those of the instalments whose date has come on that day."""
    return 0 if next_due_on is None or next_due_on > on else due_cents - received_cents


def next_status(loan: Loan, act: LoanAct) -> LoanStatus:
    status = LOAN_MOVES.get((loan.status, act))
    if status is None:
        possible_from = [before for (before, possible), _ in LOAN_MOVES.items() if possible is act]
        raise StatusForbids(status=loan.status, act=act, possible_from=possible_from)
    return status


def refuse_if_written_off(loan: Loan) -> None:
    if loan.written_off_on is not None:
        raise LoanWrittenOff(written_off_on=loan.written_off_on)
