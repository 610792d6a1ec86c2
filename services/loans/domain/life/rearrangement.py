"""What becomes of a schedule when it is rearranged: closed instalments stay, the unpaid is laid out anew.

Whatever is done, the instalments paid are the first ones in rank, and all add up to the principal: what is
paid of each follows from one number, the total received.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import takewhile

from services.kernel.calendar import add_months
from services.kernel.money import split_evenly
from services.loans.domain.schedule import Instalment, Schedule

Due = tuple[date, int]
"""A date and the cents that fall due on it."""


def reschedule(schedule: Schedule, received_cents: int, *, on: date, months: int, anchor: date) -> Schedule:
    """All that is unpaid, arrears included, in `months` even instalments.

    The first is due on the next day of the month of the old schedule, which is that of `anchor`, after `on`.
    """
    closed, unpaid = close(schedule, received_cents)
    amounts = split_evenly(_total(unpaid), months)
    first = months_between(anchor, on)
    while add_months(anchor, first) <= on:
        first += 1
    return lay_out(
        closed, ((add_months(anchor, first + rank), amount) for rank, amount in enumerate(amounts))
    )


def suspend(schedule: Schedule, received_cents: int, *, months: int, anchor: date) -> Schedule:
    """Every unpaid due date moves; an instalment partly paid keeps its amount and moves too."""
    paid = list(takewhile(lambda instalment: instalment.cumulative_cents <= received_cents, schedule))
    return lay_out(
        _dues(paid),
        (
            (_moved(instalment.due_on, months, anchor), instalment.amount_cents)
            for instalment in schedule[len(paid) :]
        ),
    )


def accelerate(schedule: Schedule, received_cents: int, *, on: date) -> Schedule:
    """All that is not yet due falls due at once; what was overdue stays due since its own date."""
    overdue = [instalment for instalment in schedule if _is_kept(instalment, received_cents, on)]
    closed, unpaid = close(schedule[len(overdue) :], received_cents)
    return lay_out([*_dues(overdue), *closed], [(on, _total(unpaid))])


def shorten(schedule: Schedule, received_cents: int, *, on: date, rest_cents: int) -> Schedule:
    """An early repayment takes a line of its own, and the last instalments go."""
    closed, unpaid = close(schedule, received_cents)
    kept: list[Due] = []
    left_cents = _total(unpaid) - rest_cents
    for due_on, amount_cents in unpaid:
        kept.append((due_on, min(amount_cents, left_cents)))
        left_cents -= kept[-1][1]
    return lay_out([*closed, (on, rest_cents)], kept)


def lower(schedule: Schedule, received_cents: int, *, on: date, rest_cents: int) -> Schedule:
    """An early repayment takes a line of its own, and what is left is split evenly over the same dates."""
    closed, unpaid = close(schedule, received_cents)
    amounts = split_evenly(_total(unpaid) - rest_cents, len(unpaid))
    return lay_out([*closed, (on, rest_cents)], zip((due_on for due_on, _ in unpaid), amounts, strict=True))


def close(schedule: Sequence[Instalment], received_cents: int) -> tuple[list[Due], list[Due]]:
    """What is paid and what is not; an instalment partly paid is closed at what was paid."""
    closed = [
        (instalment.due_on, paid_cents)
        for instalment in schedule
        if (paid_cents := instalment.paid_cents(received_cents))
    ]
    unpaid = [
        (instalment.due_on, unpaid_cents)
        for instalment in schedule
        if (unpaid_cents := instalment.unpaid_cents(received_cents))
    ]
    return closed, unpaid


def lay_out(closed: Iterable[Due], following: Iterable[Due]) -> Schedule:
    """Ranks from 1; nothing stays of what has no cent left."""
    instalments: list[Instalment] = []
    cumulative_cents = 0
    for due_on, amount_cents in (*closed, *following):
        if amount_cents:
            cumulative_cents += amount_cents
            instalments.append(Instalment(len(instalments) + 1, due_on, amount_cents, cumulative_cents))
    return tuple(instalments)


def months_between(anchor: date, on: date) -> int:
    return (on.year - anchor.year) * 12 + on.month - anchor.month


def _moved(due_on: date, months: int, anchor: date) -> date:
    """Counted from the anchor, so that a day cut to the end of February is whole again in March."""
    from_anchor = months_between(anchor, due_on)
    if add_months(anchor, from_anchor) == due_on:
        return add_months(anchor, from_anchor + months)
    return add_months(due_on, months)


def _is_kept(instalment: Instalment, received_cents: int, on: date) -> bool:
    return instalment.due_on <= on or instalment.cumulative_cents <= received_cents


def _dues(instalments: Iterable[Instalment]) -> list[Due]:
    return [(instalment.due_on, instalment.amount_cents) for instalment in instalments]


def _total(dues: Iterable[Due]) -> int:
    return sum(amount_cents for _, amount_cents in dues)
