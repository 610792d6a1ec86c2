"""Top-ups as rows of the columns that are asked, without what makes a top-up of them.

Beside the table's own columns: `payment_id`, the payment that it is part of.
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, any_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.persistence.caes import pages_query
from services.capital.persistence.tables import payment_lines, top_ups
from services.capital.persistence.top_ups import WITH_PAYMENT, TopUpFilter, filters_of, page_query, within
from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.runtime.database.written_once import KEPT, Rows, WrittenOnce, given

PAYMENT_ID = payment_lines.c.payment_id.name


async def by_ids(session: AsyncSession, ids: Collection[UUID], scope: Scope, rows: Rows) -> dict[UUID, Any]:
    """Those that exist within the scope."""
    return {row.id: row for row in await _by_ids(scope, rows).rows(session, ids=list(ids))}


async def page(
    session: AsyncSession,
    scope: Scope,
    wanted: TopUpFilter,
    rows: Rows,
    *,
    after: UUID | None,
    limit: int,
) -> list[Any]:
    """In the order they were recorded; one more than `limit` where there is a next page."""
    filtered = filters_of(wanted)
    query = _page(scope, tuple(filtered), rows, follows=after is not None)
    return await query.rows(session, after=after, most=limit + 1, **filtered)


async def pages_by_cae(
    session: AsyncSession,
    sirens: Collection[Siren],
    scope: Scope,
    rows: Rows,
    *,
    after: UUID | None,
    limit: int,
) -> dict[Siren, list[Any]]:
    """A page for each CAE by one query, as `page` has them."""
    pages: dict[Siren, list[Any]] = {siren: [] for siren in sirens}
    query = _pages_by_cae(scope, rows, follows=after is not None)
    for row in await query.rows(session, sirens=list(sirens), after=after, most=limit + 1):
        pages[row.cae_siren].append(row)
    return pages


@lru_cache(maxsize=KEPT)
def _by_ids(scope: Scope, rows: Rows) -> WrittenOnce:
    return WrittenOnce(
        _told(rows).where(top_ups.c.id == any_(given("ids", ARRAY(top_ups.c.id.type))), *within(scope)), rows
    )


@lru_cache(maxsize=KEPT)
def _page(scope: Scope, filtered: tuple[str, ...], rows: Rows, *, follows: bool) -> WrittenOnce:
    return WrittenOnce(page_query(_told(rows), scope, filtered, follows=follows), rows)


@lru_cache(maxsize=KEPT)
def _pages_by_cae(scope: Scope, rows: Rows, *, follows: bool) -> WrittenOnce:
    return WrittenOnce(pages_query(_told(rows), scope, follows=follows), rows)


def _told(rows: Rows) -> Select[Any]:
    """The columns that the rows have, in their order; payments are joined only where theirs is among them."""
    columns = {**top_ups.c, PAYMENT_ID: payment_lines.c.payment_id}
    return select(*(columns[name] for name in rows.columns)).select_from(
        WITH_PAYMENT if PAYMENT_ID in rows.columns else top_ups
    )
