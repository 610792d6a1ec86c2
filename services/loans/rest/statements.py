"""What became of each funder's euros over a period, under /v1/funds/{id}/statements."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Role
from services.loans.domain.statements import Period, StatementFigure, StatementLine
from services.loans.rest.statement_models import (
    FunderStatementAnswer,
    StatementLineAnswer,
    StatementsAnswer,
)
from services.loans.rest.statement_spreadsheet import spreadsheet
from services.loans.usecases.read_statements import (
    LinesWanted,
    count_statement_lines,
    list_statement_lines,
    read_statement,
    read_statements,
)
from services.runtime.call import Call, get_call, read
from services.runtime.fields import BusinessDate, SirenField
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/funds/{fund_id}", tags=["statements"])
CSV = "text/csv"


def period_query(
    call: Annotated[Call, Depends(get_call)],
    first: Annotated[
        BusinessDate | None,
        Query(
            alias="from",
            description="First day; 1 January of the last day's year if absent",
            examples=["2025-01-01"],
        ),
    ] = None,
    last: Annotated[
        BusinessDate | None,
        Query(alias="to", description="Last day; today if absent", examples=["2025-12-31"]),
    ] = None,
) -> Period:
    until = last or call.today
    return Period(first or date(until.year, 1, 1), until)


WantedPeriod = Annotated[Period, Depends(period_query)]
Calling = Annotated[Call, Depends(get_call)]


@router.get("/statements", summary="Every funder's statement over a period, and the fund's own")
async def get_statements(fund_id: UUID, call: Calling, period: WantedPeriod) -> StatementsAnswer:
    return StatementsAnswer.of(
        await read(
            call, lambda session: read_statements(session, call.caller, fund_id, period, today=call.today)
        )
    )


@router.get(
    "/statements.csv",
    summary="The same as a spreadsheet, in French",
    response_class=Response,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def get_statements_spreadsheet(
    fund_id: UUID,
    call: Calling,
    period: WantedPeriod,
    siren: Annotated[
        SirenField | None, Query(description="Of one funder alone", examples=["200053767"])
    ] = None,
) -> Response:
    if siren is None:
        found = await read(
            call, lambda session: read_statements(session, call.caller, fund_id, period, today=call.today)
        )
    else:
        found = await read(
            call,
            lambda session: read_statement(session, call.caller, fund_id, siren, period, today=call.today),
        )
    is_whole = siren is None and call.caller.role is not Role.FUNDER
    name = f"releves-{period.first}-{period.last}.csv"
    return Response(
        spreadsheet(found, with_total=is_whole),
        media_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/statements/{siren}", summary="One funder's statement over a period")
async def get_statement(
    fund_id: UUID, siren: SirenField, call: Calling, period: WantedPeriod
) -> FunderStatementAnswer:
    found = await read(
        call, lambda session: read_statement(session, call.caller, fund_id, siren, period, today=call.today)
    )
    return FunderStatementAnswer.of(found.by_funder[0])


@router.get(
    "/statements/{siren}/lines", summary="What a figure of a statement is made of, by date, without names"
)
async def get_statement_lines(
    fund_id: UUID,
    siren: SirenField,
    call: Calling,
    period: WantedPeriod,
    page: Annotated[PageQuery, Depends(page_query)],
    kind: Annotated[StatementFigure, Query(description="Which figure", examples=["repaid"])],
) -> Page[StatementLineAnswer]:
    wanted = LinesWanted(fund_id, siren, period, kind)
    after = decode_cursor(page.after, date.fromisoformat, UUID) if page.after else None

    async def query(session: AsyncSession) -> Page[StatementLineAnswer]:
        found = await list_statement_lines(
            session,
            call.caller,
            wanted,
            after=None if after is None else (after[0], after[1]),
            limit=page.limit,
            today=call.today,
        )
        items, following = cut_page(found, page.limit, _cursor)
        total = (
            await count_statement_lines(session, call.caller, wanted, today=call.today)
            if page.count
            else None
        )
        return Page(items=[StatementLineAnswer.of(line) for line in items], next=following, total=total)

    return await read(call, query)


def _cursor(line: StatementLine) -> str:
    return encode_cursor(line.on.isoformat(), str(line.entry_id))
