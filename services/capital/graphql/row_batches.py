"""Rows of top-ups for many keys at once: rights first, then one query within the caller's sight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.persistence import top_up_columns
from services.capital.usecases.read_top_ups import TopUpFilter
from services.kernel.identifiers import Siren
from services.runtime.database.written_once import Rows
from services.runtime.graphql.context import Context


@dataclass(frozen=True, slots=True)
class RowsOfTopUps:
    rows: Rows

    async def __call__(
        self, session: AsyncSession, context: Context, ids: Sequence[UUID], /
    ) -> Mapping[UUID, Any]:
        require(context.caller, CapitalAct.READ_TOP_UP)
        return await top_up_columns.by_ids(session, ids, context.caller.scope, self.rows)


@dataclass(frozen=True, slots=True)
class RowsOfCaes:
    """One more than `first`, so that a connection knows of a next page."""

    first: int
    after: UUID | None
    rows: Rows

    async def __call__(
        self, session: AsyncSession, context: Context, sirens: Sequence[Siren], /
    ) -> Mapping[Siren, list[Any]]:
        require(context.caller, CapitalAct.READ_TOP_UP)
        return await top_up_columns.pages_by_cae(
            session, sirens, context.caller.scope, self.rows, after=self.after, limit=self.first
        )


@dataclass(frozen=True, slots=True)
class PagesOfRows:
    """One more than `first`, so that a connection knows of a next page."""

    first: int
    after: UUID | None
    rows: Rows

    async def __call__(
        self, session: AsyncSession, context: Context, filters: Sequence[TopUpFilter], /
    ) -> Mapping[TopUpFilter, list[Any]]:
        require(context.caller, CapitalAct.READ_TOP_UP)
        scope = context.caller.scope
        return {
            wanted: await top_up_columns.page(
                session, scope, wanted, self.rows, after=self.after, limit=self.first
            )
            for wanted in filters
        }
