"""The loans that kept figures are behind on: what to take off for each, what to add, to be exact at once."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.course import Sums
from services.loans.domain.figures import SummedLoan, sum_up
from services.loans.persistence import borne_loans, figures
from services.loans.persistence.narrowing import Narrowing

LOANS_AT_ONCE = 500
"""What bounds the memory of who reads before the loans of a large import are summed."""

STALE = text("""
    SELECT loan_id FROM loans.stale_loans(
        CAST(:regions AS text[]), CAST(:fund_ids AS uuid[]), CAST(:cohorts AS integer[]),
        CAST(:caes AS text[]), CAST(:funders AS text[]))
""")
SIRENS = text("SELECT id, siren FROM loans.funders WHERE id = ANY (CAST(:ids AS uuid[]))")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a day adds to the kept sums, under each name that they are grouped by."""

    region: str
    fund_id: UUID
    cae: str | None
    cohort: int
    funder_id: UUID
    funder: str | None
    on: date
    sums: Sums


async def corrections(session: AsyncSession, narrowing: Narrowing) -> AsyncIterator[Correction]:
    """In the reader's own snapshot, where the figures are as they were before the same movements."""
    loan_ids = list((await session.execute(STALE, narrowing.values)).scalars())
    for start in range(0, len(loan_ids), LOANS_AT_ONCE):
        for correction in await _corrections_of(session, loan_ids[start : start + LOANS_AT_ONCE]):
            if _is_within(correction, narrowing):
                yield correction


async def _corrections_of(session: AsyncSession, loan_ids: Collection[UUID]) -> list[Correction]:
    async with _seeing_all(session):
        before = await figures.summed_for(session, loan_ids)
        after = [sum_up(loan) for loan in await borne_loans.of_loans(session, loan_ids)]
        funder_ids = {change.funder_id for loan in (*before, *after) for change in loan.changes}
        found = await session.execute(SIRENS, {"ids": list(funder_ids)})
        sirens = {row.id: row.siren for row in found}
    return [
        correction
        for sign, loans in ((-1, before), (1, after))
        for loan in loans
        for correction in _of_loan(loan, sign, sirens)
    ]


def _of_loan(loan: SummedLoan, sign: int, sirens: dict[UUID, str | None]) -> Iterator[Correction]:
    for change in loan.changes:
        yield Correction(
            region=loan.region,
            fund_id=loan.fund_id,
            cae=change.cae,
            cohort=loan.cohort,
            funder_id=change.funder_id,
            funder=sirens[change.funder_id],
            on=change.on,
            sums=change.sums if sign > 0 else tuple(-amount for amount in change.sums),
        )


def _is_within(correction: Correction, narrowing: Narrowing) -> bool:
    """The rest was asked of the loan already."""
    return (narrowing.caes is None or correction.cae in narrowing.caes) and (
        narrowing.funders is None or correction.funder in narrowing.funders
    )


@asynccontextmanager
async def _seeing_all(session: AsyncSession) -> AsyncIterator[None]:
    """As the functions do that answer beyond a caller's rows: what comes out is sums, and no dossier."""
    role = (await session.execute(text("SELECT current_setting('essor.role', true)"))).scalar_one()
    speak_as = text("SELECT set_config('essor.role', :role, true)")
    await session.execute(speak_as, {"role": "system"})
    try:
        yield
    finally:
        await session.execute(speak_as, {"role": role})
