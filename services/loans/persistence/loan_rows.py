"""A loan's file as rows of its tables, the same for one movement and for a whole portfolio."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.loans.domain.ledger import Entry
from services.loans.domain.loan import Loan
from services.loans.domain.movements import LoanFile, Recovery
from services.loans.domain.repayment import Repayment
from services.loans.persistence.borrower_columns import borrower_values

Values = dict[str, object]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What to write of a file: `before` is as it was locked, None for a loan that is new."""

    before: LoanFile | None
    after: LoanFile
    entries: Sequence[Entry]

    @property
    def new_repayments(self) -> Sequence[Repayment]:
        return self.after.repayments[len(self.before.repayments) if self.before else 0 :]

    @property
    def new_reversals(self) -> Sequence[Repayment]:
        """Repayments, each with a reversal that is not yet kept."""
        before = self.before.repayments if self.before else ()
        known = {repayment.id for repayment in before if repayment.reversal}
        return [
            repayment
            for repayment in self.after.repayments
            if repayment.reversal is not None and repayment.id not in known
        ]

    @property
    def new_recoveries(self) -> Sequence[Recovery]:
        return self.after.recoveries[len(self.before.recoveries) if self.before else 0 :]


def loan_values(loan: Loan) -> Values:
    return {
        **borrower_values(loan.borrower, loan.region),
        "id": loan.id,
        "fund_id": loan.fund_id,
        "application_id": loan.application_id,
        "number": loan.number,
        "principal_cents": loan.terms.amount_cents,
        "months": loan.terms.months,
        "grace_months": loan.terms.grace_months,
        "disbursed_on": loan.disbursed_on,
        "reference": loan.reference,
        "created_at": loan.created_at,
        **balance_values(loan),
    }


def balance_values(loan: Loan) -> Values:
    """What movements change of a loan."""
    return {
        "status": loan.status.value,
        "repaid_cents": loan.repaid_cents,
        "written_off_cents": loan.written_off_cents,
        "recovered_cents": loan.recovered_cents,
        "written_off_on": loan.written_off_on,
        "written_off_reason": loan.written_off_reason,
    }


def instalment_values(loan: Loan, version: int = 1) -> list[Values]:
    return [
        {
            **_of_loan(loan),
            "version": version,
            "rank": instalment.rank,
            "due_on": instalment.due_on,
            "amount_cents": instalment.amount_cents,
            "cumulative_cents": instalment.cumulative_cents,
        }
        for instalment in loan.schedule
    ]


def share_values(file: LoanFile) -> list[Values]:
    return [
        {
            **_of_loan(file.loan),
            "funder_id": share.funder_id,
            "principal_cents": share.principal_cents,
            "credited_cents": share.credited_cents,
            "lost_cents": share.lost_cents,
            "recovered_cents": share.recovered_cents,
        }
        for share in file.shares
    ]


def repayment_values(change: FileChange) -> list[Values]:
    return [
        {
            "id": repayment.id,
            **_of_loan(change.after.loan),
            "recorded_rank": repayment.recorded_rank,
            "amount_cents": repayment.amount_cents,
            "paid_on": repayment.paid_on,
            "method": repayment.method.value,
            "reference": repayment.reference,
        }
        for repayment in change.new_repayments
    ]


def reversal_values(change: FileChange) -> list[Values]:
    return [
        {
            "id": repayment.reversal.id,
            **_of_loan(change.after.loan),
            "repayment_id": repayment.id,
            "amount_cents": repayment.amount_cents,
            "reversed_on": repayment.reversal.reversed_on,
            "reason": repayment.reversal.reason,
        }
        for repayment in change.new_reversals
        if repayment.reversal is not None
    ]


def recovery_values(change: FileChange) -> list[Values]:
    return [
        {
            "id": recovery.id,
            **_of_loan(change.after.loan),
            "amount_cents": recovery.amount_cents,
            "received_on": recovery.received_on,
            "reference": recovery.reference,
        }
        for recovery in change.new_recoveries
    ]


def _of_loan(loan: Loan) -> Mapping[str, object]:
    return {"loan_id": loan.id, "region": loan.region, "cae_siren": loan.borrower.cae.siren}
