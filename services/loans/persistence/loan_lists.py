"""Lists of loans as officers ask for them: filtered, sorted on indexes, page by page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    any_,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.loans.domain.arrears import BOUNDS, Bucket
from services.loans.domain.loan import Loan, LoanStatus
from services.loans.domain.loan_list import LoanPlace, LoanSort
from services.loans.persistence.loans import INSTALMENTS, LOANS, of_query, of_rows
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import LoanRow
from services.runtime.database.written_once import KEPT, WrittenOnce, given

# As the index has it, to the letter.
OUTSTANDING: ColumnElement[int] = LOANS.c.principal_cents - LOANS.c.repaid_cents - LOANS.c.written_off_cents


EQUALITIES = {"fund_id": LOANS.c.fund_id, "cae": LOANS.c.cae_siren}


@dataclass(frozen=True, slots=True)
class LoanFilter:
    """`is_late` and `bucket` look at the facts of today; `due` at what is not wholly paid."""

    fund_id: UUID | None = None
    cae: Siren | None = None
    status: LoanStatus | None = None
    is_late: bool | None = None
    bucket: Bucket | None = None
    due_from: date | None = None
    due_to: date | None = None
    min_amount_cents: int | None = None
    max_amount_cents: int | None = None
    min_outstanding_cents: int | None = None

    def equalities(self) -> dict[str, Any] | None:
        """What they all are of; None where the filter is of something else too."""
        filtered = {name: value for name in EQUALITIES if (value := getattr(self, name)) is not None}
        return filtered if self == LoanFilter(**filtered) else None

    def conditions(self, today: date) -> list[ColumnElement[bool]]:
        wanted = (
            (LOANS.c.fund_id.__eq__, self.fund_id),
            (LOANS.c.cae_siren.__eq__, self.cae),
            (LOANS.c.status.__eq__, self.status and self.status.value),
            (LOANS.c.principal_cents.__ge__, self.min_amount_cents),
            (LOANS.c.principal_cents.__le__, self.max_amount_cents),
            (OUTSTANDING.__ge__, self.min_outstanding_cents),
        )
        return [
            *(compare(value) for compare, value in wanted if value is not None),
            *self._delay(today),
            *self._due(),
        ]

    def _delay(self, today: date) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.is_late is not None:
            conditions.append(LOANS.c.next_due_on < today if self.is_late else _on_time(today))
        if self.bucket is not None:
            fewest, most = BOUNDS[self.bucket]
            conditions.append(LOANS.c.next_due_on <= today - timedelta(days=fewest))
            if most is not None:
                conditions.append(LOANS.c.next_due_on >= today - timedelta(days=most))
        return conditions

    def _due(self) -> list[ColumnElement[bool]]:
        """What is unpaid begins at the next due date: that much is on the index, the rest is looked up."""
        if self.due_from is None and self.due_to is None:
            return []
        unpaid = [
            INSTALMENTS.c.loan_id == LOANS.c.id,
            INSTALMENTS.c.version == LOANS.c.schedule_version,
            INSTALMENTS.c.cumulative_cents > LOANS.c.repaid_cents,
        ]
        begun: ColumnElement[bool] = LOANS.c.next_due_on.is_not(None)
        if self.due_from is not None:
            unpaid.append(INSTALMENTS.c.due_on >= self.due_from)
        if self.due_to is not None:
            unpaid.append(INSTALMENTS.c.due_on <= self.due_to)
            begun = LOANS.c.next_due_on <= self.due_to
        return [begun, exists().where(*unpaid)]


def _on_time(today: date) -> ColumnElement[bool]:
    return or_(LOANS.c.next_due_on.is_(None), LOANS.c.next_due_on >= today)


@dataclass(frozen=True, slots=True)
class _Order:
    """By a key, then by id, both the same way; `key` is None where the id is all."""

    key: ColumnElement[Any] | None
    is_descending: bool
    is_of_late: bool = False


ORDERS = {
    LoanSort.NEWEST: _Order(None, is_descending=True),
    LoanSort.OLDEST: _Order(None, is_descending=False),
    LoanSort.DUE: _Order(LOANS.c.next_due_on, is_descending=False),
    LoanSort.DUE_LAST: _Order(LOANS.c.next_due_on, is_descending=True),
    LoanSort.LATE: _Order(LOANS.c.next_due_on, is_descending=False, is_of_late=True),
    LoanSort.LATE_SHORTEST: _Order(LOANS.c.next_due_on, is_descending=True, is_of_late=True),
    LoanSort.AMOUNT: _Order(LOANS.c.principal_cents, is_descending=True),
    LoanSort.AMOUNT_SMALLEST: _Order(LOANS.c.principal_cents, is_descending=False),
    LoanSort.OUTSTANDING: _Order(OUTSTANDING, is_descending=True),
    LoanSort.OUTSTANDING_SMALLEST: _Order(OUTSTANDING, is_descending=False),
}


async def page(
    session: AsyncSession,
    scope: Scope,
    wanted: LoanFilter,
    sort: LoanSort = LoanSort.NEWEST,
    *,
    after: LoanPlace | None,
    limit: int,
    today: date,
) -> list[Loan]:
    """In the order of `sort`, one more than `limit` where there is a next page."""
    filtered = wanted.equalities()
    if after is None and filtered is not None:
        query = _first_page(scope, tuple(filtered), sort, today)
        return await of_rows(session, await query.rows(session, most=limit + 1, **filtered))
    return await of_query(session, page_query(scope, wanted, sort, after=after, limit=limit, today=today))


@lru_cache(maxsize=KEPT)
def _first_page(scope: Scope, filtered: tuple[str, ...], sort: LoanSort, today: date) -> WrittenOnce:
    """The one that is asked most: filtered by what a loan is of, or not at all."""
    return WrittenOnce(first_page_query(scope, filtered, sort, today))


def first_page_query(scope: Scope, filtered: Collection[str], sort: LoanSort, today: date) -> Select[Any]:
    """What each is filtered by is given by its name, and how many at `most`."""
    wanted: Any = {name: given(name, EQUALITIES[name].type) for name in filtered}
    query = page_query(scope, LoanFilter(**wanted), sort, after=None, limit=0, today=today)
    return query.limit(given("most", BigInteger()))


def page_query(
    scope: Scope, wanted: LoanFilter, sort: LoanSort, *, after: LoanPlace | None, limit: int, today: date
) -> Select[Any]:
    order = ORDERS[sort]
    keys = [LOANS.c.id] if order.key is None else [order.key, LOANS.c.id]
    query = select(LOANS).where(*_conditions(scope, wanted, sort, today))
    if after is not None:
        here, there = tuple_(*keys), tuple_(*([] if order.key is None else [after.key]), after.id)
        query = query.where(here < there if order.is_descending else here > there)
    return query.order_by(*(key.desc() if order.is_descending else key for key in keys)).limit(limit + 1)


async def count(
    session: AsyncSession, scope: Scope, wanted: LoanFilter, sort: LoanSort = LoanSort.NEWEST, *, today: date
) -> int:
    """Of the list so sorted: some lists leave loans out."""
    query = select(func.count()).select_from(LOANS).where(*_conditions(scope, wanted, sort, today))
    return int((await session.execute(query)).scalar_one())


def _conditions(scope: Scope, wanted: LoanFilter, sort: LoanSort, today: date) -> list[ColumnElement[bool]]:
    order = ORDERS[sort]
    conditions = [*wanted.conditions(today), *sees_dossier(LoanRow, scope)]
    if order.key is LOANS.c.next_due_on:
        conditions.append(LOANS.c.next_due_on.is_not(None))
    if order.is_of_late:
        conditions.append(LOANS.c.next_due_on < today)
    return conditions


async def pages_by_cae(
    session: AsyncSession,
    scope: Scope,
    sirens: Collection[str],
    wanted: LoanFilter,
    *,
    after: UUID | None,
    limit: int,
    today: date,
) -> dict[str, list[Loan]]:
    """A page for each CAE by one query, newest first, one more than `limit` where there is a next."""
    pages: dict[str, list[Loan]] = {siren: [] for siren in sirens}
    query = _pages_by_cae(scope, wanted, today, follows=after is not None)
    rows = await query.rows(session, sirens=list(sirens), after=after, most=limit + 1)
    for loan in await of_rows(session, rows):
        pages[loan.borrower.cae.siren].append(loan)
    return pages


@lru_cache(maxsize=KEPT)
def _pages_by_cae(scope: Scope, wanted: LoanFilter, today: date, *, follows: bool) -> WrittenOnce:
    return WrittenOnce(pages_by_cae_query(scope, wanted, today, follows=follows))


def pages_by_cae_query(scope: Scope, wanted: LoanFilter, today: date, *, follows: bool) -> Select[Any]:
    """Of the `sirens` given, `most` of each, `after` an id where it follows a page."""
    sirens = given("sirens", ARRAY(LOANS.c.cae_siren.type))
    conditions = [LOANS.c.cae_siren == any_(sirens), *wanted.conditions(today)]
    if follows:
        conditions.append(LOANS.c.id < given("after", LOANS.c.id.type))
    place = func.row_number().over(partition_by=LOANS.c.cae_siren, order_by=LOANS.c.id.desc())
    placed = (
        select(LOANS.c.id, place.label("place")).where(*conditions, *sees_dossier(LoanRow, scope)).subquery()
    )
    return (
        select(LOANS)
        .join(placed, placed.c.id == LOANS.c.id)
        .where(placed.c.place <= given("most", BigInteger()))
        .order_by(LOANS.c.id.desc())
    )
