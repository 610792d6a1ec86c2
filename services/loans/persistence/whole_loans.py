"""Loans with their schedules by one statement, for the batches of entities of a federated query."""

from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.domain.loan import Loan
from services.loans.domain.schedule import Instalment
from services.loans.persistence.loans import INSTALMENTS, LOANS, to_loan
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import LoanRow
from services.runtime.database.written_once import KEPT, WrittenOnce, given

COLUMNS = (
    INSTALMENTS.c.rank,
    INSTALMENTS.c.due_on,
    INSTALMENTS.c.amount_cents,
    INSTALMENTS.c.cumulative_cents,
)


@lru_cache(maxsize=KEPT)
def _by_ids(scope: Scope) -> WrittenOnce:
    ids = given("ids", ARRAY(Uuid()))
    in_order = (func.array_agg(aggregate_order_by(column, INSTALMENTS.c.rank)) for column in COLUMNS)
    schedules = (
        select(INSTALMENTS.c.loan_id, *(array.label(f"all_{n}") for n, array in enumerate(in_order)))
        .join(LOANS, LOANS.c.id == INSTALMENTS.c.loan_id)
        .where(INSTALMENTS.c.loan_id == any_(ids), INSTALMENTS.c.version == LOANS.c.schedule_version)
        .group_by(INSTALMENTS.c.loan_id)
        .subquery()
    )
    return WrittenOnce(
        select(LOANS, *(column for column in schedules.c if column.name != "loan_id"))
        .outerjoin(schedules, schedules.c.loan_id == LOANS.c.id)
        .where(LOANS.c.id == any_(ids), *sees_dossier(LoanRow, scope))
    )


async def by_ids(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, Loan]:
    """Those that exist within the scope; one whose tranches are still to leave has no schedule."""
    loans = {}
    for row in await _by_ids(scope).rows(session, ids=list(ids)):
        columns = (row.all_0 or (), row.all_1 or (), row.all_2 or (), row.all_3 or ())
        loans[row.id] = to_loan(row, tuple(map(Instalment, *columns)))
    return loans
