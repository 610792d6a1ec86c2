"""The course of a loan: what it adds to the figures of a portfolio, on every day, past and to come.

The sums of a loan are steps: they change on the day of a fact, when an instalment falls due, and when the
oldest unpaid one becomes late by more than 30, 60 and 90 days. All follow from the facts known, so the course
runs on to the last due date, and a loan that goes late tomorrow needs nobody to say so.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date, timedelta
from itertools import accumulate

from services.loans.domain.indicators import PortfolioSums
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.standing import schedule_on
from services.loans.domain.schedule import Schedule, received_on_due_cents, unpaid_due_cents

Sums = tuple[int, ...]
"""The amounts of `PortfolioSums`, in the order of its fields: a loan has a hundred of them."""

Course = list[tuple[date, Sums]]
"""From each day on, until the next: what the loan adds to the sums. In date order."""

SUMMED = tuple(field.name for field in fields(PortfolioSums))
NOTHING: Sums = (0,) * len(SUMMED)
LATE_DAYS = (30, 60, 90)


def course_of(file: LoanFile) -> Course:
    """One pass over the days on which a fact counts; between two of them only time passes."""
    course: Course = []
    turning_days = file.turning_days
    moved = _moved_by_day(file)
    lost_from = file.loan.written_off_on or date.max
    disbursed_cents = repaid_cents = recovered_cents = 0
    dues = _Dues(())
    schedules = _schedules(file, turning_days)
    for start, end, schedule in zip(turning_days, [*turning_days[1:], date.max], schedules, strict=True):
        lent, back, regained = moved[start]
        disbursed_cents += lent
        repaid_cents += back
        recovered_cents += regained
        if schedule is not dues.schedule and schedule != dues.schedule:
            dues = _Dues(schedule)
        stretch = _Stretch(dues, disbursed_cents, repaid_cents, recovered_cents, is_lost=start >= lost_from)
        for day in stretch.days(start, end):
            sums = stretch.sums_on(day)
            if not course or course[-1][1] != sums:
                course.append((day, sums))
    return course


def sums_on(course: Course, day: date) -> Sums:
    found = NOTHING
    for since, sums in course:
        if since > day:
            break
        found = sums
    return found


def _schedules(file: LoanFile, days: Sequence[date]) -> list[Schedule]:
    if file.is_rearranged:
        return [schedule_on(file, day) for day in days]
    starts_on = file.starts_on
    return [file.original if day >= starts_on else () for day in days]


def _moved_by_day(file: LoanFile) -> defaultdict[date, list[int]]:
    """What was disbursed, what was repaid net of what bounced, and what was recovered, on each day."""
    moved: defaultdict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    for tranche in file.tranches:
        moved[tranche.disbursed_on][0] += tranche.amount_cents
    for repayment in file.repayments:
        moved[repayment.paid_on][1] += repayment.amount_cents
        if repayment.reversed_on is not None:
            moved[repayment.reversed_on][1] -= repayment.amount_cents
    for recovery in file.recoveries:
        moved[recovery.received_on][2] += recovery.amount_cents
    return moved


class _Dues:
    """A schedule, looked at by date. After an early repayment its lines are not all in date order."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        by_day = sorted((instalment.due_on, instalment.amount_cents) for instalment in schedule)
        self.days = [due_on for due_on, _ in by_day]
        self._due = [0, *accumulate(amount_cents for _, amount_cents in by_day)]
        self._cumulative = [instalment.cumulative_cents for instalment in schedule]
        self._are_in_order = self.days == [instalment.due_on for instalment in schedule]

    def due_cents(self, on: date) -> int:
        return self._due[bisect_right(self.days, on)]

    def received_on_due_cents(self, received_cents: int, on: date) -> int:
        if self._are_in_order:
            return min(self.due_cents(on), received_cents)
        return received_on_due_cents(self.schedule, received_cents, on)

    def unpaid_due_cents(self, received_cents: int, on: date) -> int:
        if self._are_in_order:
            return max(0, self.due_cents(on) - received_cents)
        return unpaid_due_cents(self.schedule, received_cents, on)

    def unpaid_since(self, received_cents: int) -> date | None:
        """When the first instalment not wholly paid falls due; those unpaid are in date order."""
        rank = bisect_right(self._cumulative, received_cents)
        return self.schedule[rank].due_on if rank < len(self.schedule) else None


class _Stretch:
    """Days without a fact: same schedule, same money."""

    def __init__(self, dues: _Dues, disbursed: int, repaid: int, recovered: int, *, is_lost: bool) -> None:
        self._dues, self._disbursed, self._repaid, self._recovered = dues, disbursed, repaid, recovered
        self._is_lost = is_lost
        unpaid_since = None if is_lost else dues.unpaid_since(repaid)
        self._late_from = (
            [unpaid_since + timedelta(days=days + 1) for days in LATE_DAYS]
            if unpaid_since is not None
            else [date.max] * len(LATE_DAYS)
        )

    def days(self, start: date, end: date) -> Iterator[date]:
        """The days from `start` to before `end` on which something may change."""
        due_days = self._dues.days
        between = {day for day in self._late_from if start < day < end}
        between.update(due_days[bisect_right(due_days, start) : bisect_left(due_days, end)])
        yield from (start, *sorted(between))

    def sums_on(self, day: date) -> Sums:
        due = self._dues.due_cents(day)
        received_on_due = self._dues.received_on_due_cents(self._repaid + self._recovered, day)
        unpaid = self._disbursed - self._repaid
        money: Sums
        if self._is_lost:
            money = (0, 0, 0, 0, 0, unpaid)
        else:
            arrears = self._dues.unpaid_due_cents(self._repaid, day)
            money = (unpaid, arrears, *(unpaid if day >= late else 0 for late in self._late_from), 0)
        return (due, received_on_due, self._disbursed, *money, self._recovered)


def as_sums(amounts: Sequence[int]) -> PortfolioSums:
    return PortfolioSums(*amounts)
