"""The schedule of a loan: equal monthly instalments, due dates counted from the disbursement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from services.kernel.calendar import add_months
from services.kernel.money import split_evenly
from services.loans.domain.terms import Terms, count_instalments


def paid_of(amount_cents: int, cumulative_cents: int, received_cents: int) -> int:
    """What of an instalment a total received covers, the oldest instalments first."""
    return min(amount_cents, max(0, received_cents - (cumulative_cents - amount_cents)))


@dataclass(frozen=True, slots=True)
class Instalment:
    """`cumulative_cents` sums the instalments up to and including this one: it tells what is paid of it."""

    rank: int
    due_on: date
    amount_cents: int
    cumulative_cents: int

    def paid_cents(self, received_cents: int) -> int:
        return paid_of(self.amount_cents, self.cumulative_cents, received_cents)

    def unpaid_cents(self, received_cents: int) -> int:
        return self.amount_cents - self.paid_cents(received_cents)


@dataclass(frozen=True, slots=True)
class Allocation:
    rank: int
    amount_cents: int


Schedule = tuple[Instalment, ...]


def make_schedule(terms: Terms, disbursed_on: date, *, grace_included: bool) -> Schedule:
    count = count_instalments(terms, grace_included=grace_included)
    return schedule_from(terms.amount_cents, count, grace_months=terms.grace_months, starts_on=disbursed_on)


def schedule_from(principal_cents: int, count: int, *, grace_months: int, starts_on: date) -> Schedule:
    amounts = split_evenly(principal_cents, count)
    return tuple(
        Instalment(rank, add_months(starts_on, grace_months + rank), amount_cents, cumulative_cents)
        for rank, (amount_cents, cumulative_cents) in enumerate(
            zip(amounts, accumulate(amounts), strict=True), start=1
        )
    )


def due_cents(schedule: Sequence[Instalment], on: date) -> int:
    return sum(instalment.amount_cents for instalment in schedule if instalment.due_on <= on)


def unpaid_due_cents(schedule: Sequence[Instalment], received_cents: int, on: date) -> int:
    """What is unpaid of the instalments whose date has come; one paid ahead makes up for no other."""
    return sum(instalment.unpaid_cents(received_cents) for instalment in schedule if instalment.due_on <= on)


def received_on_due_cents(schedule: Sequence[Instalment], received_cents: int, on: date) -> int:
    return sum(instalment.paid_cents(received_cents) for instalment in schedule if instalment.due_on <= on)


def next_unpaid(schedule: Sequence[Instalment], received_cents: int) -> Instalment | None:
    return next((unpaid for unpaid in schedule if unpaid.cumulative_cents > received_cents), None)


def oldest_unpaid_due(schedule: Sequence[Instalment], received_cents: int, on: date) -> Instalment | None:
    """The first instalment whose date has come and that the total received does not cover."""
    return next(
        (
            instalment
            for instalment in schedule
            if instalment.due_on <= on and instalment.cumulative_cents > received_cents
        ),
        None,
    )


def allocate(
    schedule: Sequence[Instalment], received_before_cents: int, amount_cents: int
) -> list[Allocation]:
    """Across which instalments an amount goes, the oldest unpaid first, due or not."""
    return list(_slices(schedule, received_before_cents, received_before_cents + amount_cents))


def _slices(schedule: Sequence[Instalment], start_cents: int, end_cents: int) -> Iterator[Allocation]:
    for instalment in schedule:
        if instalment.cumulative_cents - instalment.amount_cents >= end_cents:
            return
        part_cents = instalment.paid_cents(end_cents) - instalment.paid_cents(start_cents)
        if part_cents > 0:
            yield Allocation(instalment.rank, part_cents)
