"""How late a loan is, from the facts of a day: the one place of days late, arrears and buckets."""

from dataclasses import dataclass
from datetime import date

from services.kernel.language import Word
from services.loans.domain.loan import Loan, delay_of
from services.loans.domain.schedule import Instalment, oldest_unpaid_due


class Bucket(Word):
    """By days late, both ends included, as committees and funders read a portfolio."""

    DAYS_1_TO_30 = "1-30", "1 à 30 jours", "1 to 30 days"
    DAYS_31_TO_60 = "31-60", "31 à 60 jours", "31 to 60 days"
    DAYS_61_TO_90 = "61-90", "61 à 90 jours", "61 to 90 days"
    OVER_90 = "over-90", "plus de 90 jours", "over 90 days"


# The fewest and the most days late of each; None where there is no most.
BOUNDS: dict[Bucket, tuple[int, int | None]] = {
    Bucket.DAYS_1_TO_30: (1, 30),
    Bucket.DAYS_31_TO_60: (31, 60),
    Bucket.DAYS_61_TO_90: (61, 90),
    Bucket.OVER_90: (91, None),
}


@dataclass(frozen=True, slots=True)
class Arrears:
    """`since` is the oldest due date that is past and not wholly paid, from which days late count.

    On the due date itself an instalment is owed and not late: arrears without a day, and no bucket.
    """

    arrears_cents: int
    days_late: int
    bucket: Bucket | None
    since: date | None


def bucket_of(days_late: int) -> Bucket | None:
    for bucket, (fewest, most) in BOUNDS.items():
        if fewest <= days_late and (most is None or days_late <= most):
            return bucket
    return None


def arrears_of(loan: Loan, on: date) -> Arrears:
    delay = delay_of(loan, on)
    oldest = oldest_unpaid_due(loan.schedule, loan.repaid_cents, on) if delay.days_late else None
    since = oldest.due_on if oldest else None
    return Arrears(delay.arrears_cents, delay.days_late, bucket_of(delay.days_late), since)


def unpaid_instalments(loan: Loan, until: date) -> tuple[Instalment, ...]:
    """Those due until a day and not wholly paid, oldest first; none of a loan that was written off."""
    if loan.written_off_on is not None:
        return ()
    return tuple(
        instalment
        for instalment in loan.schedule
        if instalment.due_on <= until and instalment.cumulative_cents > loan.repaid_cents
    )
