"""Loans as they are read: with their schedule, by filter, by batch."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.refusals import NotFound
from services.loans.domain.loan import Loan, LoanStatus, LossCause
from services.loans.domain.refusals import LoansElement
from services.loans.domain.schedule import Instalment, Schedule
from services.loans.domain.terms import Terms
from services.loans.persistence.borrower_columns import to_borrower
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import InstalmentRow, LoanRow
from services.loans.persistence.wide_statements import in_array, table_of
from services.runtime.database.connection import fetch

LOANS = table_of(LoanRow)
INSTALMENTS = table_of(InstalmentRow)

# By the driver, and a row for each loan: a page of a few loans has a thousand instalments.
IN_FORCE = """
SELECT loan_id, array_agg(rank), array_agg(due_on), array_agg(amount_cents), array_agg(cumulative_cents)
  FROM (SELECT i.loan_id, i.rank, i.due_on, i.amount_cents, i.cumulative_cents
          FROM unnest($1::uuid[], $2::smallint[]) AS wanted (loan_id, version)
          JOIN loans.instalments AS i USING (loan_id, version)
         ORDER BY i.loan_id, i.rank) AS in_order
 GROUP BY loan_id
"""


async def find(session: AsyncSession, loan_id: UUID, scope: Scope) -> Loan:
    found = await of_query(session, _select(LOANS.c.id == loan_id, scope=scope))
    if not found:
        raise NotFound(what=LoansElement.LOAN, id=loan_id)
    return found[0]


async def by_entrepreneurs(
    session: AsyncSession, entrepreneur_ids: Collection[UUID], scope: Scope
) -> dict[UUID, list[Loan]]:
    """Newest first; every entrepreneur asked for is a key."""
    query = _select(in_array(LOANS.c.entrepreneur_id, entrepreneur_ids), scope=scope).order_by(
        LOANS.c.id.desc()
    )
    grouped: dict[UUID, list[Loan]] = {entrepreneur_id: [] for entrepreneur_id in entrepreneur_ids}
    for loan in await of_query(session, query):
        grouped[loan.borrower.entrepreneur_id].append(loan)
    return grouped


def _select(*conditions: ColumnElement[bool], scope: Scope) -> Select[Any]:
    return select(LOANS).where(*conditions, *sees_dossier(LoanRow, scope))


async def of_query(session: AsyncSession, query: Select[Any]) -> list[Loan]:
    return await of_rows(session, (await session.execute(query)).all())


async def of_rows(session: AsyncSession, rows: Sequence[Any]) -> list[Loan]:
    schedules = await schedules_of(session, rows)
    return [to_loan(row, schedules[row.id]) for row in rows]


async def schedules_of(session: AsyncSession, rows: Sequence[Any]) -> dict[UUID, Schedule]:
    """The schedule in force of each loan row; earlier versions stay in the table."""
    schedules: dict[UUID, Schedule] = {row.id: () for row in rows}
    if schedules:
        found = await fetch(session, IN_FORCE, list(schedules), [row.schedule_version for row in rows])
        for loan_id, *columns in found:
            schedules[loan_id] = tuple(map(Instalment, *columns))
    return schedules


async def versions_of(session: AsyncSession, loan_ids: Collection[UUID]) -> dict[UUID, dict[int, Schedule]]:
    """Every schedule that each loan has had, by version; none while tranches are still to leave."""
    versions: dict[UUID, defaultdict[int, list[Instalment]]] = {
        loan_id: defaultdict(list) for loan_id in loan_ids
    }
    if versions:
        found = await session.execute(
            select(INSTALMENTS)
            .where(in_array(INSTALMENTS.c.loan_id, versions))
            .order_by(INSTALMENTS.c.loan_id, INSTALMENTS.c.version, INSTALMENTS.c.rank)
        )
        for row in found:
            versions[row.loan_id][row.version].append(
                Instalment(row.rank, row.due_on, row.amount_cents, row.cumulative_cents)
            )
    return {
        loan_id: {version: tuple(instalments) for version, instalments in of_loan.items()}
        for loan_id, of_loan in versions.items()
    }


def to_loan(row: Any, schedule: Schedule) -> Loan:
    return Loan(
        id=row.id,
        fund_id=row.fund_id,
        region=row.region,
        number=row.number,
        borrower=to_borrower(row),
        terms=Terms(row.granted_cents, row.months, row.grace_months),
        disbursed_on=row.disbursed_on,
        principal_cents=row.principal_cents,
        instalment_count=row.instalment_count,
        schedule_version=row.schedule_version,
        schedule=schedule,
        created_at=row.created_at,
        application_id=row.application_id,
        settings_version=row.settings_version,
        reference=row.reference,
        status=LoanStatus(row.status),
        repaid_cents=row.repaid_cents,
        written_off_cents=row.written_off_cents,
        recovered_cents=row.recovered_cents,
        written_off_on=row.written_off_on,
        written_off_reason=row.written_off_reason,
        written_off_cause=None if row.written_off_cause is None else LossCause(row.written_off_cause),
    )
