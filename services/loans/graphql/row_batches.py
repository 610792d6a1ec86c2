"""Rows of loans and funds for many keys at once: rights first, then one query within the caller's sight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.access import Act, require
from services.loans.domain.loan_list import LoanPlace, LoanSort
from services.loans.persistence import fund_columns, loan_columns
from services.loans.persistence.loan_lists import LoanFilter
from services.runtime.database.written_once import Rows
from services.runtime.graphql.context import Context


@dataclass(frozen=True, slots=True)
class RowsOfLoans:
    rows: Rows

    async def __call__(
        self, session: AsyncSession, context: Context, ids: Sequence[UUID], /
    ) -> Mapping[UUID, Any]:
        require(context.caller, Act.READ_LOAN)
        return await loan_columns.by_ids(session, ids, context.caller.scope, self.rows, today=context.today)


@dataclass(frozen=True, slots=True)
class RowsOfFunds:
    rows: Rows

    async def __call__(
        self, session: AsyncSession, context: Context, ids: Sequence[UUID], /
    ) -> Mapping[UUID, Any]:
        require(context.caller, Act.READ_FUND)
        return await fund_columns.by_ids(session, ids, context.caller.scope, self.rows)


@dataclass(frozen=True, slots=True)
class RowsOfEntrepreneurs:
    rows: Rows

    async def __call__(
        self, session: AsyncSession, context: Context, ids: Sequence[UUID], /
    ) -> Mapping[UUID, list[Any]]:
        require(context.caller, Act.READ_LOAN)
        return await loan_columns.by_entrepreneurs(
            session, ids, context.caller.scope, self.rows, today=context.today
        )


@dataclass(frozen=True, slots=True)
class RowsOfCaes:
    """One more than `first`, so that a connection knows of a next page."""

    first: int
    after: UUID | None
    rows: Rows

    async def __call__(
        self, session: AsyncSession, context: Context, sirens: Sequence[str], /
    ) -> Mapping[str, list[Any]]:
        require(context.caller, Act.READ_LOAN)
        return await loan_columns.pages_by_cae(
            session,
            context.caller.scope,
            sirens,
            self.rows,
            after=self.after,
            limit=self.first,
            today=context.today,
        )


@dataclass(frozen=True, slots=True)
class PagesOfRows:
    """One more than `first`, so that a connection knows of a next page."""

    sort: LoanSort
    first: int
    after: LoanPlace | None
    rows: Rows

    async def __call__(
        self, session: AsyncSession, context: Context, filters: Sequence[LoanFilter], /
    ) -> Mapping[LoanFilter, list[Any]]:
        require(context.caller, Act.READ_LOAN)
        return {
            wanted: await loan_columns.page(
                session,
                context.caller.scope,
                wanted,
                self.sort,
                self.rows,
                after=self.after,
                limit=self.first,
                today=context.today,
            )
            for wanted in filters
        }
