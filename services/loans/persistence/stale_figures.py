"""The loans that kept figures are behind on: what to take off for each, what to add, to be exact at once."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import neg
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.loans.domain.course import Sums
from services.loans.domain.figures import standings_on
from services.loans.persistence import borne_loans, figures
from services.loans.persistence.borne_loans import FoundLoan
from services.loans.persistence.narrowing import Narrowing

LOANS_AT_ONCE = 500
"""What bounds the memory of who reads before the loans of a large import are summed."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be added to the kept sums up to a day, under each name that they are grouped by.

    `place` is the day's among those asked for. Who bears the loan is only named where it was asked.
    """

    region: str
    fund_id: UUID
    cae: str | None
    cohort: int
    funder_id: UUID | None
    funder: str | None
    place: int
    sums: Sums


def asked_of_the_first(narrowing: Narrowing, borne_on: date | None) -> tuple[object, ...]:
    """The parameters of `STALE`, for a statement that reads more than it: they come first."""
    return borne_loans.asked_of_stale(narrowing, borne_on=borne_on, after=None, most=LOANS_AT_ONCE)


async def corrections(
    session: AsyncSession,
    narrowing: Narrowing,
    days: Sequence[date],
    first: Sequence[Any],
    *,
    borne_on: date | None,
) -> AsyncIterator[Correction]:
    """In the reader's own snapshot, where figures are as before the same movements.

    `days` are in order. `first` are the rows that `STALE` gave with the figures; beyond `LOANS_AT_ONCE` there
    is a statement for each as many. `borne_on` is the first day for which who bears the loans is needed;
    where nobody asks for funders it is None, and nothing of what they bear is read.
    """
    found = borne_loans.stale_in(first, borne_on)
    while found:
        for one in found:
            for correction in _of_loan(one, days):
                if _is_within(correction, narrowing):
                    yield correction
        if len(found) < LOANS_AT_ONCE:
            return
        found = await borne_loans.stale(
            session, narrowing, borne_on=borne_on, after=found[-1].loan.loan_id, most=LOANS_AT_ONCE
        )


def _of_loan(found: FoundLoan, days: Sequence[date]) -> Iterator[Correction]:
    for place, (cae, parts) in enumerate(standings_on(found.loan, days)):
        whose: Sequence[UUID | None] = found.loan.funders or (None,)
        for funder_id, sums in zip(whose, parts, strict=True):
            yield _correction(found, funder_id, cae, place, sums)
    for funder_id, cae, standings in figures.standings_before(found, days):
        for place, sums in enumerate(standings):
            yield _correction(found, funder_id, cae, place, tuple(map(neg, sums)))


def _correction(
    found: FoundLoan, funder_id: UUID | None, cae: Siren | None, place: int, sums: Sums
) -> Correction:
    loan = found.loan
    funder = None if funder_id is None else found.sirens.get(funder_id)
    return Correction(loan.region, loan.fund_id, cae, loan.cohort, funder_id, funder, place, sums)


def _is_within(correction: Correction, narrowing: Narrowing) -> bool:
    """The rest was asked of the loan already."""
    return (narrowing.caes is None or correction.cae in narrowing.caes) and (
        narrowing.funders is None or correction.funder in narrowing.funders
    )
