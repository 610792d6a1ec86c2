"""Funds as rows of the columns that are asked, without their settings."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.persistence.funds import FUNDS
from services.loans.persistence.scopes import sees_fund
from services.runtime.database.written_once import KEPT, Rows, WrittenOnce, given


async def by_ids(session: AsyncSession, ids: Collection[UUID], scope: Scope, rows: Rows) -> dict[UUID, Any]:
    """Those that exist within the scope."""
    return {row.id: row for row in await _by_ids(scope, rows).rows(session, ids=list(ids))}


@lru_cache(maxsize=KEPT)
def _by_ids(scope: Scope, rows: Rows) -> WrittenOnce:
    columns = (FUNDS.c[name] for name in rows.columns)
    wanted = FUNDS.c.id == any_(given("ids", ARRAY(Uuid())))
    return WrittenOnce(select(*columns).where(wanted, *sees_fund(scope)), rows)
