"""What a course follows from, as a whole loan file has it: the replayed schedules, and not those kept."""

from services.loans.domain.course import CourseFacts
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.versions import versions_of


def facts_of(file: LoanFile) -> CourseFacts:
    repaid = [(repayment.paid_on, repayment.amount_cents) for repayment in file.repayments]
    repaid += [
        (repayment.reversed_on, -repayment.amount_cents)
        for repayment in file.repayments
        if repayment.reversed_on is not None
    ]
    return CourseFacts(
        lent=[(tranche.disbursed_on, tranche.amount_cents) for tranche in file.tranches],
        repaid=repaid,
        recovered=[(recovery.received_on, recovery.amount_cents) for recovery in file.recoveries],
        schedules=[(version.effective_on, version.schedule) for version in versions_of(file)],
        lost_from=file.loan.written_off_on,
    )
