"""What is kept of a loan beside its facts, once a fact has joined them."""

from dataclasses import replace
from datetime import date

from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.standing import stand, status_of
from services.loans.domain.life.versions import versions_of


def settle(file: LoanFile) -> LoanFile:
    """Facts are never of a day to come, so what holds after the last is what holds today."""
    standing = stand(file, date.max)
    loan = replace(
        file.loan,
        status=status_of(standing),
        principal_cents=standing.disbursed_cents,
        repaid_cents=standing.repaid_cents,
        written_off_cents=standing.written_off_cents,
        recovered_cents=standing.recovered_cents,
        schedule=standing.schedule,
        schedule_version=len(versions_of(file)) if file.is_rearranged else 1,
    )
    return replace(file, loan=loan)
