"""What fell due and what came, month by month: the curve whose last point is the repayment rate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from services.kernel.calendar import add_months
from services.kernel.language import Text
from services.kernel.refusals import Refusal
from services.loans.domain.indicators import PortfolioSums

CURVE_FORMULA = Text(
    "attendu : variation sur le mois du capital échu, selon l'échéancier en vigueur chaque jour (un "
    "rééchelonnement peut la rendre négative) ; reçu sur l'échu : variation du capital reçu sur les "
    "échéances échues ; reçu : remboursements du mois, nets d'annulations, et récupérations",
    "expected: change over the month of principal due, by the schedule in force on each day (a rescheduling "
    "may make it negative); received on due: change of principal received on instalments due; received: "
    "repayments of the month, net of reversals, and recoveries",
)
MOST_MONTHS = 240


class CurvePeriodRefused(Refusal):
    code = "curve-period-refused"
    title = Text("Période de la courbe refusée", "Period of the curve refused")
    detail = Text(
        "La courbe demandée compte {months} mois ; elle en compte de 1 à {most_months}.",
        "The curve asked for has {months} months; it has from 1 to {most_months}.",
    )


def check_period(first: date, last: date) -> None:
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if not 1 <= months <= MOST_MONTHS:
        raise CurvePeriodRefused(months=months, most_months=MOST_MONTHS)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A month, by its first day. Cumulative amounts are those of all months up to its last day."""

    month: date
    expected_cents: int
    received_on_due_cents: int
    received_cents: int
    cumulative_expected_cents: int
    cumulative_received_on_due_cents: int
    cumulative_received_cents: int


def make_curve(sums: Sequence[PortfolioSums], *, first: date, last: date) -> list[CurvePoint]:
    """`sums` are those of the eve of the first month, then of the last day of each."""
    return [
        CurvePoint(
            month=month,
            expected_cents=after.due - before.due,
            received_on_due_cents=after.received_on_due - before.received_on_due,
            received_cents=after.received - before.received,
            cumulative_expected_cents=after.due,
            cumulative_received_on_due_cents=after.received_on_due,
            cumulative_received_cents=after.received,
        )
        for month, (before, after) in zip(months_between(first, last), pairwise(sums), strict=True)
    ]


def months_between(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = add_months(month, 1)
