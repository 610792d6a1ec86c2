"""The course of a loan: what it adds to the figures of a portfolio, on every day, past and to come.

The sums of a loan are steps: they change on the day of a fact, when an instalment falls due, and when the
oldest unpaid one becomes late by more than 30, 60 and 90 days. All follow from the facts known, so the course
runs on to the last due date, and a loan that goes late tomorrow needs nobody to say so.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import accumulate

from services.loans.domain.indicators import PortfolioSums
from services.loans.domain.schedule import Schedule, received_on_due_cents, unpaid_due_cents

Sums = tuple[int, ...]
"""The amounts of `PortfolioSums`, in the order of its fields: a loan has a hundred of them."""

Course = list[tuple[date, Sums]]
"""From each day on, until the next: what the loan adds to the sums. In date order."""

Moves = Sequence[tuple[date, int]]
"""Money by day, signed, in any order."""

SUMMED = tuple(field.name for field in fields(PortfolioSums))
NOTHING: Sums = (0,) * len(SUMMED)
LATE_AFTER = tuple(timedelta(days=days + 1) for days in (30, 60, 90))


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """All that the sums of a loan follow from.

    A reversal is a repayment taken back on its day. `schedules` are those in force, each from its day on, in
    date order: none before the last tranche has left.
    """

    lent: Moves
    repaid: Moves
    recovered: Moves
    schedules: Sequence[tuple[date, Schedule]]
    lost_from: date | None = None


def course_of(facts: CourseFacts) -> Course:
    """One pass over the days on which a fact counts; between two of them only time passes."""
    course: Course = []
    sums_before = None
    stretches = _Stretches(facts)
    for place, start in enumerate(stretches.starts):
        stretch = stretches.at(place)
        for day in stretch.days(start, stretches.end_of(place)):
            sums = stretch.sums_on(day)
            if sums != sums_before:
                course.append((day, sums))
                sums_before = sums
    return course


def sums_on(facts: CourseFacts, days: Sequence[date]) -> list[Sums]:
    """What the course says of some days, without the rest of it: a tenth of the work for one day."""
    stretches = _Stretches(facts)
    places = [bisect_right(stretches.starts, day) - 1 for day in days]
    return [
        NOTHING if place < 0 else stretches.at(place).sums_on(day)
        for place, day in zip(places, days, strict=True)
    ]


class _Stretches:
    """The days from one fact to the next; `starts` are in order."""

    def __init__(self, facts: CourseFacts) -> None:
        moved: dict[date, list[int]] = {}
        for place, moves in enumerate((facts.lent, facts.repaid, facts.recovered)):
            for day, cents in moves:
                amounts = moved.get(day)
                if amounts is None:
                    amounts = moved[day] = [0, 0, 0]
                amounts[place] += cents
        self._lost_from = facts.lost_from or date.max
        self._schedules = facts.schedules
        self._in_force_from = [day for day, _ in facts.schedules]
        self._dues: dict[int, _Dues] = {-1: _Dues(())}
        turns = {*moved, *self._in_force_from}
        if facts.lost_from is not None:
            turns.add(facts.lost_from)
        self.starts = sorted(turns)
        self._totals: list[tuple[int, int, int]] = []
        disbursed = repaid = recovered = 0
        for day in self.starts:
            if day in moved:
                lent, back, regained = moved[day]
                disbursed, repaid, recovered = disbursed + lent, repaid + back, recovered + regained
            self._totals.append((disbursed, repaid, recovered))

    def at(self, place: int) -> "_Stretch":
        start = self.starts[place]
        version = bisect_right(self._in_force_from, start) - 1
        dues = self._dues.get(version)
        if dues is None:
            dues = self._dues[version] = _Dues(self._schedules[version][1])
        return _Stretch(dues, *self._totals[place], is_lost=start >= self._lost_from)

    def end_of(self, place: int) -> date:
        """The first day that is of another stretch."""
        return self.starts[place + 1] if place + 1 < len(self.starts) else date.max


class _Dues:
    """A schedule, looked at by date. After an early repayment its lines are not all in date order."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        in_rank_order = [instalment.due_on for instalment in schedule]
        self._cumulative = [instalment.cumulative_cents for instalment in schedule]
        self.days = sorted(in_rank_order)
        self._are_in_order = self.days == in_rank_order
        if self._are_in_order:
            self._due = [0, *self._cumulative]
        else:
            by_day = sorted((instalment.due_on, instalment.amount_cents) for instalment in schedule)
            self._due = [0, *accumulate(amount_cents for _, amount_cents in by_day)]

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
        self._late_from = [] if unpaid_since is None else [unpaid_since + after for after in LATE_AFTER]

    def days(self, start: date, end: date) -> list[date]:
        """The days from `start` to before `end` on which something may change."""
        due_days = self._dues.days
        falling_due = due_days[bisect_right(due_days, start) : bisect_left(due_days, end)]
        late = [day for day in self._late_from if start < day < end]
        return [start, *(sorted({*late, *falling_due}) if late else falling_due)]

    def sums_on(self, day: date) -> Sums:
        due = self._dues.due_cents(day)
        received_on_due = self._dues.received_on_due_cents(self._repaid + self._recovered, day)
        unpaid = self._disbursed - self._repaid
        if self._is_lost:
            return (due, received_on_due, self._disbursed, 0, 0, 0, 0, 0, unpaid, self._recovered)
        arrears = self._dues.unpaid_due_cents(self._repaid, day)
        late = [unpaid if day >= since else 0 for since in self._late_from] or (0, 0, 0)
        return (due, received_on_due, self._disbursed, unpaid, arrears, *late, 0, self._recovered)


def as_sums(amounts: Sequence[int]) -> PortfolioSums:
    return PortfolioSums(*amounts)
