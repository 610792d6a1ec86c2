"""The awards of a year for the public, under /v1/exports, and the conventions that they call for."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.subsidies import CONVENTION_OVER_CENTS, ConventionDue
from services.capital.rest.subsidies_file import subsidies_file
from services.capital.rest.words import SCHEME_ID, SIREN
from services.capital.usecases.read_subsidies import export_subsidies, list_conventions_due
from services.kernel.identifiers import Siren
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, SirenField
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(tags=["subsidies"])
CSV = "text/csv"
Year = Annotated[int, Query(ge=1900, le=2200, description="Of the decision", examples=[2026])]


@router.get(
    "/exports/scdl-subventions.csv",
    summary="A scheme's awards of a year as open data (SCDL Subventions)",
    description="RFC 4180, UTF-8. A row for each award and co-funder, which is the grantor of its own part. "
    "No person is named. A funder gets its own rows, a CAE those of its own awards.",
    response_class=Response,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def get_subsidies_file(
    call: Annotated[Call, Depends(get_call)],
    scheme_id: Annotated[UUID, Query(description="The scheme", examples=[SCHEME_ID])],
    year: Year,
) -> Response:
    found = await read(
        call, lambda session: export_subsidies(session, call.caller, scheme_id, year, today=call.today)
    )
    return Response(
        await asyncio.to_thread(subsidies_file, found),  # thousands of rows would hold up other calls
        media_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="scdl-subventions-{year}.csv"'},
    )


class ConventionDueAnswer(Answer):
    year: int = Field(description="Of the decisions", examples=[2026])
    cae: Siren = Field(description="The CAE, by SIREN", examples=[SIREN])
    cae_name: str = Field(description="Its name", examples=["Coopérative Tournesol"])
    funder: Siren = Field(description="The authority that grants, by SIREN", examples=["200053759"])
    funder_name: str = Field(description="Its name", examples=["Région Nouvelle-Aquitaine"])
    amount_cents: int = Field(
        description="Its parts of that year's awards to the CAE, over the schemes that the caller sees",
        examples=[2_400_000],
    )
    threshold_cents: int = Field(
        description="Above it a convention is due (loi 2000-321, art. 10; décret 2001-495)",
        examples=[CONVENTION_OVER_CENTS],
    )

    @classmethod
    def of(cls, due: ConventionDue, year: int) -> "ConventionDueAnswer":
        return cls(
            year=year,
            cae=due.cae_siren,
            cae_name=due.cae_name,
            funder=due.funder_siren,
            funder_name=due.funder_name,
            amount_cents=due.amount_cents,
            threshold_cents=CONVENTION_OVER_CENTS,
        )


@router.get("/conventions-due", summary="Which authority owes which CAE a convention for a year's awards")
async def get_conventions_due(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    year: Year,
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
) -> Page[ConventionDueAnswer]:
    after = decode_cursor(page.after, str, str) if page.after else None

    async def query(session: AsyncSession) -> Page[ConventionDueAnswer]:
        due = await list_conventions_due(session, call.caller, year, cae_siren=cae)
        left = [one for one in due if after is None or (one.cae_siren, one.funder_siren) > after]
        items, following = cut_page(left, page.limit, _cursor)
        return Page(
            items=[ConventionDueAnswer.of(one, year) for one in items],
            next=following,
            total=len(due) if page.count else None,
        )

    return await read(call, query)


def _cursor(due: ConventionDue) -> str:
    return encode_cursor(due.cae_siren, due.funder_siren)
