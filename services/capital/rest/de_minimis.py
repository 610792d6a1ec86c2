"""De minimis aid: what a CAE has received and may receive, under /v1/de-minimis, and what it declares."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.de_minimis import DeclarationStatus
from services.capital.rest.de_minimis_models import (
    DeclarationAnswer,
    DeclarationBody,
    DeclarationCancellationBody,
    DeMinimisAnswer,
)
from services.capital.rest.words import SIREN
from services.capital.usecases.cancel_de_minimis_declaration import (
    CancelDeMinimisDeclaration,
    cancel_de_minimis_declaration,
)
from services.capital.usecases.declare_de_minimis_aid import declare_de_minimis_aid
from services.capital.usecases.read_de_minimis import (
    DeclarationFilter,
    count_declarations,
    hold_declaration,
    list_declarations,
    read_de_minimis,
    read_declaration,
)
from services.runtime.call import Call, get_call, read
from services.runtime.fields import BusinessDate, SirenField
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(tags=["de minimis"])


@router.get("/de-minimis", summary="What a CAE has received of de minimis aid, and what it may still receive")
async def get_de_minimis(
    call: Annotated[Call, Depends(get_call)],
    cae: Annotated[SirenField, Query(description="The CAE's SIREN", examples=[SIREN])],
    on: Annotated[
        BusinessDate | None,
        Query(description="The day of a decision, past or to come; today if absent", examples=["2026-11-28"]),
    ] = None,
) -> DeMinimisAnswer:
    day = on or call.today
    return DeMinimisAnswer.of(
        await read(call, lambda session: read_de_minimis(session, call.caller, cae, day))
    )


@router.post(
    "/de-minimis-declarations",
    status_code=201,
    response_model=DeclarationAnswer,
    summary="Declare aid that somebody else granted to a CAE; it counts from then on",
)
async def post_declaration(body: DeclarationBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    async def effect(session: AsyncSession) -> DeclarationAnswer:
        declared = await declare_de_minimis_aid(session, call.caller, body.order(), today=call.today)
        return DeclarationAnswer.of(declared)

    return await perform(call, effect)


@router.get("/de-minimis-declarations", summary="List the aid declared, cancelled declarations included")
async def get_declarations(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
    status: Annotated[DeclarationStatus | None, Query(description="In one status")] = None,
) -> Page[DeclarationAnswer]:
    wanted = DeclarationFilter(cae_siren=cae, status=status)
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[DeclarationAnswer]:
        found = await list_declarations(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_declarations(session, call.caller, wanted) if page.count else None
        return Page(items=[DeclarationAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)


@router.get("/de-minimis-declarations/{declaration_id}", summary="Read one declaration")
async def get_declaration(
    declaration_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response
) -> DeclarationAnswer:
    declaration = await read(call, lambda session: read_declaration(session, call.caller, declaration_id))
    answer = DeclarationAnswer.of(declaration)
    tag(response, answer)
    return answer


@router.post(
    "/de-minimis-declarations/{declaration_id}/cancellation",
    response_model=DeclarationAnswer,
    summary="Take a declaration back; it stays readable, and counts no more",
)
async def post_declaration_cancellation(
    declaration_id: UUID,
    body: DeclarationCancellationBody,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
) -> Response:
    order = CancelDeMinimisDeclaration(declaration_id=declaration_id, reason=body.reason)

    async def effect(session: AsyncSession) -> DeclarationAnswer:
        cancelled = await cancel_de_minimis_declaration(session, call.caller, order, today=call.today)
        return DeclarationAnswer.of(cancelled)

    return await perform(call, match.before(effect, _now(call, declaration_id)), status=200)


def _now(call: Call, declaration_id: UUID) -> Callable[[AsyncSession], Awaitable[DeclarationAnswer]]:
    async def now(session: AsyncSession) -> DeclarationAnswer:
        return DeclarationAnswer.of(await hold_declaration(session, call.caller, declaration_id))

    return now
