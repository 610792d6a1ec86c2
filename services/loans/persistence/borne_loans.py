"""Loans with who bears them and who hosts them, as figures are summed from them.

Read by one statement, with what the kept figures hold of each, and without what figures do not need: building
whole loan files took most of the time. Schedules are those kept beside the facts, which the ledger's proof
compares with what the facts give.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from operator import sub
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.course import CourseFacts, Moves
from services.loans.domain.figures import Borne, BorneLoan, Host
from services.loans.domain.schedule import Instalment, Schedule
from services.loans.persistence.narrowing import Narrowing
from services.runtime.database.connection import fetch

OF_LOANS = "SELECT * FROM loans.facts_of_loans($1::uuid[], $2::date)"
STALE = """
    loans.facts_of_stale_loans(
        $1::text[], $2::uuid[], $3::text[], $4::integer[], $5::text[], $6::date, $7::uuid, $8::integer)
"""
FROM_THE_FIRST_ENTRY = date.min


class FoundLoan(NamedTuple):
    """`summed_for` is what kept figures hold of the loan, None if it was never summed."""

    loan: BorneLoan
    summed_for: str | None
    sirens: dict[UUID, str | None]


async def of_loans(session: AsyncSession, loan_ids: Collection[UUID]) -> list[FoundLoan]:
    """Of whatever tenant the transaction sees; what funders bear is what the journal says, day by day."""
    rows = await fetch(session, OF_LOANS, list(loan_ids), FROM_THE_FIRST_ENTRY)
    return [_to_loan(row, _borne(row)) for row in rows]


async def stale(
    session: AsyncSession, narrowing: Narrowing, *, borne_on: date | None, after: UUID | None, most: int
) -> list[FoundLoan]:
    """The next loans, by id, that figures are behind on, beyond what the caller's own rows are.

    `borne_on` is the first day for which who bears them is needed; None if it is not: they are taken whole.
    """
    asked = asked_of_stale(narrowing, borne_on=borne_on, after=after, most=most)
    return stale_in(await fetch(session, f"SELECT * FROM {STALE}", *asked), borne_on)  # noqa: S608 - our own


def asked_of_stale(
    narrowing: Narrowing, *, borne_on: date | None, after: UUID | None, most: int
) -> tuple[object, ...]:
    """The parameters of `STALE`, in its order."""
    return (*narrowing.values.values(), borne_on, after, most)


def stale_in(rows: Sequence[Any], borne_on: date | None) -> list[FoundLoan]:
    """Of rows that `STALE` gave."""
    if borne_on is None:
        return [_to_loan(row, []) for row in rows]
    return [_to_loan(row, [*_borne_until(row, borne_on), *_borne(row)]) for row in rows]


def _to_loan(row: Any, borne: Sequence[Borne]) -> FoundLoan:
    facts = CourseFacts(
        lent=_moves(row.lent_on, row.lent_cents),
        repaid=_moves(row.repaid_on, row.repaid_cents),
        recovered=_moves(row.recovered_on, row.recovered_cents),
        schedules=_schedules(row),
        lost_from=row.lost_from,
    )
    bearing = {funder_id for _, funder_id, _ in borne}
    return FoundLoan(
        BorneLoan(
            row.loan_id,
            row.fund_id,
            row.region,
            row.cohort,
            facts,
            funders=[funder_id for funder_id in row.funders or () if funder_id in bearing],
            borne=borne,
            hosts=_hosts(row),
        ),
        row.summed_for,
        dict(zip(row.funders or (), row.sirens or (), strict=True)),
    )


def _moves(days: Sequence[date] | None, cents: Sequence[int] | None) -> Moves:
    return list(zip(days or (), cents or (), strict=True))


def _schedules(row: Any) -> list[tuple[date, Schedule]]:
    """None while tranches are still to leave."""
    versions: defaultdict[int, list[Instalment]] = defaultdict(list)
    total_cents = 0
    for version, due_on, cents in zip(row.versions or (), row.due_on or (), row.due_cents or (), strict=True):
        instalments = versions[version]
        total_cents = total_cents + cents if instalments else cents
        instalments.append(Instalment(len(instalments) + 1, due_on, cents, total_cents))
    # A version without an instalment: nothing was left to pay.
    days = enumerate(row.in_force_from or (), start=1)
    return [(day, tuple(versions.get(version, ()))) for version, day in days]


def _hosts(row: Any) -> list[Host]:
    """One that arrives the day that another is left takes its place."""
    hosts: list[Host] = []
    for since, until, cae in zip(row.hosted_from, row.hosted_until, row.hosted_by, strict=True):
        hosts.append(Host(since, cae))
        if until is not None:
            hosts.append(Host(until, None))
    return hosts


def _borne(row: Any) -> list[Borne]:
    """What the journal moved, after the day that was asked for."""
    moves = zip(
        row.borne_disbursed or (),
        row.borne_outstanding or (),
        row.borne_lost or (),
        row.borne_recovered or (),
        strict=True,
    )
    return [
        Borne(on, funder_id, money)
        for funder_id, on, money in zip(row.borne_by or (), row.borne_on or (), moves, strict=True)
    ]


def _borne_until(row: Any, day: date) -> list[Borne]:
    """By the balances kept beside the journal, less what came after the day: the fewer entries to read."""
    kept = zip(row.kept_disbursed, row.kept_outstanding, row.kept_lost, row.kept_recovered, strict=True)
    money = dict(zip(row.funders, kept, strict=True))
    for _, funder_id, moved in _borne(row):
        disbursed, outstanding, lost, recovered = map(sub, money[funder_id], moved)
        money[funder_id] = (disbursed, outstanding, lost, recovered)
    return [Borne(day, funder_id, left) for funder_id, left in money.items() if any(left)]
