"""A loan as it stood on a past day."""

from dataclasses import replace
from datetime import date

from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.standing import loan_as_of
from services.loans.domain.life.versions import versions_of
from services.loans.domain.loan import Loan


def loan_on(file: LoanFile, on: date, *, today: date) -> Loan:
    """From its disbursement on: before, there was no loan."""
    require_past(DateField.AS_OF, on, today)
    require_order(DateField.DISBURSED_ON, file.loan.disbursed_on, DateField.AS_OF, on)
    versions = sum(1 for version in versions_of(file) if version.effective_on <= on)
    return replace(loan_as_of(file, on), schedule_version=max(versions, 1))
