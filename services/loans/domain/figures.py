"""What a loan changes of kept figures: its course, cut into the parts of those who bear it.

A funder's money is what the journal says of it. What is due, received on it or in arrears is cut along its
place among the funders of the loan, and a loan at risk puts at risk what each has in it: so the parts of all
funders add up to the loan, on every day and for every figure.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from operator import add, sub
from typing import NamedTuple
from uuid import UUID

from services.kernel.identifiers import Siren
from services.loans.domain.course import NOTHING, CourseFacts, Sums, course_of, sums_on

DUE, RECEIVED_ON_DUE, DISBURSED, OUTSTANDING, ARREARS, LATE_30, LATE_60, LATE_90, WRITTEN_OFF, RECOVERED = (
    range(len(NOTHING))
)


class Span(StrEnum):
    """Over what a kept figure tells the change."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The kept figures of one span that start from `first` to `last`."""

    span: Span
    first: date
    last: date


def stretches_to(day: date) -> list[Stretch]:
    """Up to a day: the years before its own, the months of its year before its own, the days of its month."""
    month, year = day.replace(day=1), day.replace(month=1, day=1)
    before = timedelta(days=1)
    return [
        Stretch(Span.YEAR, date.min, year - before),
        Stretch(Span.MONTH, year, month - before),
        Stretch(Span.DAY, month, day),
    ]


Money = tuple[int, int, int, int]
"""Disbursed, outstanding, written off, recovered."""

NO_MONEY: Money = (0, 0, 0, 0)


class Borne(NamedTuple):
    """What the journal moved of one funder's money in a loan on a day. Signed."""

    on: date
    funder_id: UUID
    money: Money


class Host(NamedTuple):
    """The CAE of the borrower from a day on; None once the borrower has left for no other."""

    from_on: date
    cae: Siren | None


@dataclass(frozen=True, slots=True)
class BorneLoan:
    """A loan, who bears it (`funders` in convention order), and who hosts it (in date order).

    `cohort` is its year of disbursement. Where no funder is named the loan is taken whole.
    """

    loan_id: UUID
    fund_id: UUID
    region: str
    cohort: int
    facts: CourseFacts
    funders: Sequence[UUID]
    borne: Sequence[Borne]
    hosts: Sequence[Host]


class Change(NamedTuple):
    """What a day changes of the sums of a funder's part of loans hosted by a CAE."""

    funder_id: UUID
    cae: Siren | None
    on: date
    sums: Sums


def changes_of(loan: BorneLoan) -> list[Change]:
    """In date order; all those up to a day add up to what the loan stands for on it."""
    whole_by_day = dict(course_of(loan.facts))
    borne_by_day: dict[date, list[Borne]] = {}
    for borne in loan.borne:
        borne_by_day.setdefault(borne.on, []).append(borne)
    hosts = {host.from_on: host.cae for host in loan.hosts}
    money = dict.fromkeys(loan.funders, NO_MONEY)
    parts = [NOTHING] * len(loan.funders)
    whole, cae = NOTHING, None
    changes: list[Change] = []
    for day in sorted({*whole_by_day, *borne_by_day, *hosts}):
        whole = whole_by_day.get(day, whole)
        for _, funder_id, moved in borne_by_day.get(day, ()):
            money[funder_id] = _added(money[funder_id], moved)
        cae_before, cae = cae, hosts.get(day, cae)
        parts_before, parts = parts, _parts(whole, list(money.values()))
        for funder_id, before, after in zip(loan.funders, parts_before, parts, strict=True):
            if cae_before != cae:
                changes.append(Change(funder_id, cae_before, day, tuple(-amount for amount in before)))
                changes.append(Change(funder_id, cae, day, after))
            elif before != after:
                changes.append(Change(funder_id, cae, day, tuple(map(sub, after, before))))
    return [change for change in changes if any(change.sums)]


class Standing(NamedTuple):
    """What a loan stands for on a day: under its host, by funder in the order of the loan, or whole."""

    cae: Siren | None
    parts: Sequence[Sums]


def standings_on(loan: BorneLoan, days: Sequence[date]) -> list[Standing]:
    """What the changes up to each day add up to. `days` are in order, and `borne` may start on the first."""
    standings = []
    hosted_from = [host.from_on for host in loan.hosts]
    borne = sorted(loan.borne)
    money = dict.fromkeys(loan.funders, NO_MONEY)
    place = 0
    for day, whole in zip(days, sums_on(loan.facts, days), strict=True):
        while place < len(borne) and borne[place].on <= day:
            _, funder_id, moved = borne[place]
            money[funder_id] = _added(money[funder_id], moved)
            place += 1
        hosted = bisect_right(hosted_from, day)
        cae = loan.hosts[hosted - 1].cae if hosted else None
        standings.append(Standing(cae, _parts(whole, list(money.values())) if loan.funders else [whole]))
    return standings


def _added(money: Money, moved: Money) -> Money:
    disbursed, outstanding, written_off, recovered = map(add, money, moved)
    return (disbursed, outstanding, written_off, recovered)


def _parts(whole: Sums, money: Sequence[Money]) -> list[Sums]:
    """Cut along running totals: `3 of 10` and `7 of 10` are where the whole is cut, so nothing is lost."""
    total_cents = sum(disbursed for disbursed, _, _, _ in money)
    if not total_cents:
        return [
            (0, 0, disbursed, outstanding, 0, 0, 0, 0, written_off, recovered)
            for disbursed, outstanding, written_off, recovered in money
        ]
    whole_due, whole_received, whole_arrears = whole[DUE], whole[RECEIVED_ON_DUE], whole[ARREARS]
    late_30, late_60, late_90 = whole[LATE_30], whole[LATE_60], whole[LATE_90]
    place_cents = due_place = received_place = arrears_place = 0
    parts: list[Sums] = []
    for disbursed, outstanding, written_off, recovered in money:
        place_cents += disbursed
        due_start, due_place = due_place, whole_due * place_cents // total_cents
        received_start, received_place = received_place, whole_received * place_cents // total_cents
        arrears_start, arrears_place = arrears_place, whole_arrears * place_cents // total_cents
        parts.append(
            (
                due_place - due_start,
                received_place - received_start,
                disbursed,
                outstanding,
                arrears_place - arrears_start,
                outstanding if late_30 else 0,
                outstanding if late_60 else 0,
                outstanding if late_90 else 0,
                written_off,
                recovered,
            )
        )
    return parts


@dataclass(frozen=True, slots=True)
class SummedLoan:
    """Where a loan is among figures, and what it changes of them."""

    loan_id: UUID
    fund_id: UUID
    region: str
    cohort: int
    changes: Sequence[Change]


def sum_up(loan: BorneLoan) -> SummedLoan:
    return SummedLoan(loan.loan_id, loan.fund_id, loan.region, loan.cohort, changes_of(loan))
