"""What became of each co-funder's euros, under /v1/schemes/{id}/statements."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from services.capital.domain.statements import Statements
from services.capital.rest.statement_models import FunderStatementAnswer, StatementsAnswer
from services.capital.rest.statement_spreadsheet import spreadsheet
from services.capital.usecases.read_statements import read_statements
from services.kernel.access import Role
from services.kernel.identifiers import Siren
from services.runtime.call import Call, get_call, read
from services.runtime.fields import BusinessDate, SirenField

router = APIRouter(prefix="/schemes/{scheme_id}", tags=["statements"])
CSV = "text/csv"
Calling = Annotated[Call, Depends(get_call)]
AsOf = Annotated[
    BusinessDate | None,
    Query(description="What is dated until that day counts; today if absent", examples=["2026-12-31"]),
]
Year = Annotated[
    int | None,
    Query(ge=1900, le=2200, description="The awards decided in that year alone", examples=[2026]),
]


async def _read(
    call: Call, scheme_id: UUID, as_of: BusinessDate | None, year: int | None, siren: Siren | None = None
) -> Statements:
    day = as_of or call.today
    return await read(
        call,
        lambda session: read_statements(
            session, call.caller, scheme_id, as_of=day, year=year, today=call.today, siren=siren
        ),
    )


@router.get(
    "/statements",
    summary="Every co-funder's statement, to the cent: awarded, paid, to pay, clawed back",
)
async def get_statements(
    scheme_id: UUID, call: Calling, as_of: AsOf = None, year: Year = None
) -> StatementsAnswer:
    return StatementsAnswer.of(await _read(call, scheme_id, as_of, year))


@router.get(
    "/statements.csv",
    summary="The same as a spreadsheet, in French",
    response_class=Response,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def get_statements_spreadsheet(
    scheme_id: UUID, call: Calling, as_of: AsOf = None, year: Year = None
) -> Response:
    found = await _read(call, scheme_id, as_of, year)
    return Response(
        spreadsheet(found, with_total=call.caller.role is not Role.FUNDER),
        media_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="releves-{found.as_of}.csv"'},
    )


@router.get("/statements/{siren}", summary="One co-funder's statement")
async def get_statement(
    scheme_id: UUID, siren: SirenField, call: Calling, as_of: AsOf = None, year: Year = None
) -> FunderStatementAnswer:
    return FunderStatementAnswer.of((await _read(call, scheme_id, as_of, year, siren)).by_funder[0])
