"""Loans as rows of the columns that are asked, without what makes a loan of them.

Beside the table's own columns: `today`, the day that is asked about; `due_cents`, what has fallen due by then
of a loan whose next due date has come; and the schedule in force as four arrays.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Date, Select, Uuid, any_, case, func, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.domain.loan_list import LoanPlace, LoanSort
from services.loans.persistence.loan_lists import LoanFilter, first_page_query, page_query, pages_by_cae_query
from services.loans.persistence.loans import INSTALMENTS, LOANS
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import LoanRow
from services.runtime.database.written_once import KEPT, Rows, WrittenOnce, given

SCHEDULE = ("ranks", "due_dates", "amounts_cents", "cumulated_cents")

_OF_SCHEDULE = (
    INSTALMENTS.c.rank,
    INSTALMENTS.c.due_on,
    INSTALMENTS.c.amount_cents,
    INSTALMENTS.c.cumulative_cents,
)
_IN_FORCE = (INSTALMENTS.c.loan_id == LOANS.c.id, INSTALMENTS.c.version == LOANS.c.schedule_version)
_IN_ORDER = (
    select(
        *(
            func.array_agg(aggregate_order_by(column, INSTALMENTS.c.rank)).label(name)
            for name, column in zip(SCHEDULE, _OF_SCHEDULE, strict=True)
        )
    )
    .where(*_IN_FORCE)
    .lateral()
)


async def by_ids(
    session: AsyncSession, ids: Collection[UUID], scope: Scope, rows: Rows, *, today: date
) -> dict[UUID, Any]:
    """Those that exist within the scope."""
    found = await _by_ids(scope, rows).rows(session, ids=list(ids), today=today)
    return {row.id: row for row in found}


async def by_entrepreneurs(
    session: AsyncSession, ids: Collection[UUID], scope: Scope, rows: Rows, *, today: date
) -> dict[UUID, list[Any]]:
    """Newest first."""
    grouped: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in await _by_entrepreneurs(scope, rows).rows(session, ids=list(ids), today=today):
        grouped[row.entrepreneur_id].append(row)
    return grouped


async def page(
    session: AsyncSession,
    scope: Scope,
    wanted: LoanFilter,
    sort: LoanSort,
    rows: Rows,
    *,
    after: LoanPlace | None,
    limit: int,
    today: date,
) -> list[Any]:
    """In the order of `sort`, one more than `limit` where there is a next page."""
    filtered = wanted.equalities()
    if after is None and filtered is not None:
        query = _first_page(scope, tuple(filtered), sort, rows, today)
        return await query.rows(session, most=limit + 1, today=today, **filtered)
    asked = page_query(scope, wanted, sort, after=after, limit=limit, today=today)
    return await WrittenOnce(_told(asked, rows), rows).rows(session, today=today)


async def pages_by_cae(
    session: AsyncSession,
    scope: Scope,
    sirens: Collection[str],
    rows: Rows,
    *,
    after: UUID | None,
    limit: int,
    today: date,
) -> dict[str, list[Any]]:
    """A page for each CAE by one query, newest first, one more than `limit` where there is a next."""
    pages: dict[str, list[Any]] = {siren: [] for siren in sirens}
    query = _pages_by_cae(scope, rows, today, follows=after is not None)
    for row in await query.rows(session, sirens=list(sirens), after=after, most=limit + 1, today=today):
        pages[row.cae_siren].append(row)
    return pages


@lru_cache(maxsize=KEPT)
def _by_ids(scope: Scope, rows: Rows) -> WrittenOnce:
    ids = given("ids", ARRAY(Uuid()))
    return WrittenOnce(
        _told(select(LOANS).where(LOANS.c.id == any_(ids), *sees_dossier(LoanRow, scope)), rows), rows
    )


@lru_cache(maxsize=KEPT)
def _by_entrepreneurs(scope: Scope, rows: Rows) -> WrittenOnce:
    theirs = LOANS.c.entrepreneur_id == any_(given("ids", ARRAY(Uuid())))
    query = select(LOANS).where(theirs, *sees_dossier(LoanRow, scope)).order_by(LOANS.c.id.desc())
    return WrittenOnce(_told(query, rows), rows)


@lru_cache(maxsize=KEPT)
def _first_page(
    scope: Scope, filtered: tuple[str, ...], sort: LoanSort, rows: Rows, today: date
) -> WrittenOnce:
    return WrittenOnce(_told(first_page_query(scope, filtered, sort, today), rows), rows)


@lru_cache(maxsize=KEPT)
def _pages_by_cae(scope: Scope, rows: Rows, today: date, *, follows: bool) -> WrittenOnce:
    return WrittenOnce(_told(pages_by_cae_query(scope, LoanFilter(), today, follows=follows), rows), rows)


def _told(query: Select[Any], rows: Rows) -> Select[Any]:
    """With the columns that the rows have, in their order, instead of all."""
    names = rows.columns
    query = query.with_only_columns(*map(_column, names), maintain_column_froms=True)
    return query.outerjoin(_IN_ORDER, true()) if not set(SCHEDULE).isdisjoint(names) else query


def _column(name: str) -> ColumnElement[Any]:
    if name in SCHEDULE:
        return _IN_ORDER.c[name]
    if name == "today":
        return given("today", Date()).label(name)
    if name == "due_cents":
        return _due_cents().label(name)
    return LOANS.c[name]


def _due_cents() -> ColumnElement[int]:
    today = given("today", Date())
    due = select(func.max(INSTALMENTS.c.cumulative_cents)).where(*_IN_FORCE, INSTALMENTS.c.due_on <= today)
    return case((LOANS.c.next_due_on <= today, due.scalar_subquery()), else_=0)
