"""The sums behind indicators by their definitions, one loan and one day at a time: slow, and plain."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date

from services.loans.domain.indicators import PortfolioSums
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.standing import loan_as_of, stand
from services.loans.domain.loan import delay_of
from services.loans.domain.schedule import due_cents, received_on_due_cents


def naive(file: LoanFile, on: date) -> PortfolioSums:
    if on < file.loan.disbursed_on:
        return PortfolioSums()
    standing = stand(file, on)
    delay = delay_of(loan_as_of(file, on), on)
    received_cents = standing.repaid_cents + standing.recovered_cents

    def late_over(days: int) -> int:
        return standing.outstanding_cents if delay.days_late > days else 0

    return PortfolioSums(
        due=due_cents(standing.schedule, on),
        received_on_due=received_on_due_cents(standing.schedule, received_cents, on),
        disbursed=standing.disbursed_cents,
        outstanding=standing.outstanding_cents,
        arrears=delay.arrears_cents,
        outstanding_late_over_30=late_over(30),
        outstanding_late_over_60=late_over(60),
        outstanding_late_over_90=late_over(90),
        written_off=standing.written_off_cents,
        recovered=standing.recovered_cents,
    )


def naive_of_all(files: Iterable[LoanFile], on: date) -> PortfolioSums:
    parts = [naive(file, on) for file in files]
    return PortfolioSums(
        **{field.name: sum(getattr(part, field.name) for part in parts) for field in fields(PortfolioSums)}
    )
