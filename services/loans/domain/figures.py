"""What a loan changes of kept figures: its course, cut into the parts of those who bear it.

A funder's money is what the journal says of it. What is due, received on it or in arrears is cut along its
place among the funders of the loan, and a loan at risk puts at risk what each has in it: so the parts of all
funders add up to the loan, on every day and for every figure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.kernel.identifiers import Siren
from services.loans.domain.course import NOTHING, Course, Sums, course_of
from services.loans.domain.life.facts import LoanFile

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


@dataclass(frozen=True, slots=True)
class Borne:
    """What the journal moved of one funder's money in a loan on a day. Signed."""

    on: date
    funder_id: UUID
    disbursed_cents: int
    outstanding_cents: int
    written_off_cents: int
    recovered_cents: int


@dataclass(frozen=True, slots=True)
class Host:
    """The CAE of the borrower from a day on; None once the borrower has left for no other."""

    from_on: date
    cae: Siren | None


@dataclass(frozen=True, slots=True)
class BorneLoan:
    """A loan, who bears it (`funders` in convention order, `borne` in date order), and who hosts it."""

    file: LoanFile
    funders: Sequence[UUID]
    borne: Sequence[Borne]
    hosts: Sequence[Host]


@dataclass(frozen=True, slots=True)
class Change:
    """What a day changes of the sums of a funder's part of loans hosted by a CAE."""

    funder_id: UUID
    cae: Siren | None
    on: date
    sums: Sums


def changes_of(loan: BorneLoan) -> list[Change]:
    """In date order; all those up to a day add up to what the loan stands for on it."""
    return list(_changes(loan, course_of(loan.file)))


def _changes(loan: BorneLoan, course: Course) -> Iterator[Change]:
    whole_by_day = dict(course)
    borne_by_day: dict[date, list[Borne]] = {}
    for borne in loan.borne:
        borne_by_day.setdefault(borne.on, []).append(borne)
    hosts = {host.from_on: host.cae for host in loan.hosts}
    money = dict.fromkeys(loan.funders, (0, 0, 0, 0))
    before = dict.fromkeys(loan.funders, NOTHING)
    whole, cae = NOTHING, None
    for day in sorted({*whole_by_day, *borne_by_day, *hosts}):
        whole = whole_by_day.get(day, whole)
        for borne in borne_by_day.get(day, ()):
            money[borne.funder_id] = _moved(money[borne.funder_id], borne)
        host_before, cae = cae, hosts.get(day, cae)
        for funder_id, sums in zip(loan.funders, _parts(whole, list(money.values())), strict=True):
            if host_before != cae:
                yield from _change(
                    funder_id, host_before, day, tuple(-amount for amount in before[funder_id])
                )
                yield from _change(funder_id, cae, day, sums)
            elif sums != before[funder_id]:
                yield from _change(funder_id, cae, day, _difference(sums, before[funder_id]))
            before[funder_id] = sums


def _change(funder_id: UUID, cae: Siren | None, day: date, sums: Sums) -> Iterator[Change]:
    if any(sums):
        yield Change(funder_id, cae, day, sums)


def _moved(money: tuple[int, int, int, int], borne: Borne) -> tuple[int, int, int, int]:
    disbursed, outstanding, written_off, recovered = money
    return (
        disbursed + borne.disbursed_cents,
        outstanding + borne.outstanding_cents,
        written_off + borne.written_off_cents,
        recovered + borne.recovered_cents,
    )


def _parts(whole: Sums, money: Sequence[tuple[int, int, int, int]]) -> Iterator[Sums]:
    """Cut along running totals: `3 of 10` and `7 of 10` are where the whole is cut, so nothing is lost."""
    total_cents = sum(disbursed for disbursed, _, _, _ in money)
    place_cents = 0
    for disbursed, outstanding, written_off, recovered in money:
        start_cents, place_cents = place_cents, place_cents + disbursed
        if not total_cents:
            yield (0, 0, disbursed, outstanding, 0, 0, 0, 0, written_off, recovered)
            continue
        due, received_on_due, arrears = (
            amount * place_cents // total_cents - amount * start_cents // total_cents if amount else 0
            for amount in (whole[DUE], whole[RECEIVED_ON_DUE], whole[ARREARS])
        )
        yield (
            due,
            received_on_due,
            disbursed,
            outstanding,
            arrears,
            outstanding if whole[LATE_30] else 0,
            outstanding if whole[LATE_60] else 0,
            outstanding if whole[LATE_90] else 0,
            written_off,
            recovered,
        )


def _difference(sums: Sums, before: Sums) -> Sums:
    return tuple(after - earlier for after, earlier in zip(sums, before, strict=True))


@dataclass(frozen=True, slots=True)
class SummedLoan:
    """Where a loan is among figures, and what it changes of them; `cohort` is its year of disbursement."""

    loan_id: UUID
    fund_id: UUID
    region: str
    cohort: int
    changes: Sequence[Change]


def sum_up(loan: BorneLoan) -> SummedLoan:
    file = loan.file.loan
    return SummedLoan(file.id, file.fund_id, file.region, file.disbursed_on.year, changes_of(loan))
