"""Funds as compiled documents show them: rows of the columns that are asked (see `compiled.columns`)."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

import strawberry

from services.kernel.refusals import NotFound
from services.loans.domain.refusals import LoansElement
from services.loans.graphql import row_batches
from services.loans.graphql.funds import LoanFund
from services.runtime.database.written_once import Rows
from services.runtime.graphql.compiled.columns import Form
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.scalars import parse_id


class FundColumns(Form):
    """Its rules and what it asks of persons are the domain's to tell."""

    __slots__ = ()
    shows = LoanFund
    needs: ClassVar = {
        **{name: (name,) for name in ("id", "name", "opened_on", "created_at", "region")},
        **dict.fromkeys(
            ("position", "statements", "committee_sessions", "indicators", "repayment_curve"), ("id",)
        ),
    }

    @property
    def region_code(self: Any) -> strawberry.ID:
        return strawberry.ID(self.region)


async def funds(context: Context, ids: Sequence[UUID], *, rows: Rows) -> list[Any]:
    return await context.load_many(row_batches.RowsOfFunds(rows), ids)


async def fund_of_query(
    _query: None,
    info: Info,
    *,
    rows: Rows,
    id: strawberry.ID,  # noqa: A002 - the name at the door
) -> Any:
    return await info.context.load(row_batches.RowsOfFunds(rows), parse_id(id))


async def fund_of_loan(loan: Any, info: Info, *, rows: Rows) -> Any:
    found = await info.context.load(row_batches.RowsOfFunds(rows), loan.fund_id)
    if found is None:
        raise NotFound(what=LoansElement.FUND, id=loan.fund_id)
    return found
