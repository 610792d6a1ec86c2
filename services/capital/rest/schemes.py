"""Schemes and their versions, under /v1/schemes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.rest.scheme_models import SchemeAnswer, SchemeBody, SchemeWithTotals
from services.capital.rest.version_models import TermsBody, VersionAnswer
from services.capital.usecases.add_version import AddVersion, add_version
from services.capital.usecases.create_scheme import CreateScheme, create_scheme
from services.capital.usecases.read_schemes import (
    count_schemes,
    list_schemes,
    read_scheme,
    read_totals,
    read_version,
)
from services.capital.usecases.replace_version import ReplaceVersion, hold_version, replace_version
from services.runtime.call import Call, get_call, read
from services.runtime.fields import RegionField
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch, tag

router = APIRouter(prefix="/schemes", tags=["schemes"])


@router.post("", status_code=201, response_model=SchemeAnswer, summary="Open a scheme with its first rules")
async def post_scheme(body: SchemeBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    order = CreateScheme(
        region=body.region, name=body.name, authority=body.named_authority(), terms=body.version.terms()
    )

    async def effect(session: AsyncSession) -> SchemeAnswer:
        return SchemeAnswer.of(await create_scheme(session, call.caller, order), call.today)

    return await perform(call, effect)


@router.get("", summary="List schemes")
async def get_schemes(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    region: Annotated[RegionField | None, Query(description="INSEE code of a region")] = None,
) -> Page[SchemeAnswer]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[SchemeAnswer]:
        found = await list_schemes(session, call.caller, region=region, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda scheme: encode_cursor(str(scheme.id)))
        total = await count_schemes(session, call.caller, region=region) if page.count else None
        return Page(
            items=[SchemeAnswer.of(scheme, call.today) for scheme in items], next=following, total=total
        )

    return await read(call, query)


@router.get("/{scheme_id}", summary="Read a scheme, with what became of its euros")
async def get_scheme(
    scheme_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response
) -> SchemeWithTotals:
    async def query(session: AsyncSession) -> SchemeWithTotals:
        scheme = await read_scheme(session, call.caller, scheme_id)
        return SchemeWithTotals.read(scheme, await read_totals(session, call.caller, scheme), call.today)

    answer = await read(call, query)
    tag(response, answer)
    return answer


@router.post(
    "/{scheme_id}/versions",
    status_code=201,
    response_model=VersionAnswer,
    summary="Give a scheme new rules from a date on",
)
async def post_version(
    scheme_id: UUID, body: TermsBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    order = AddVersion(scheme_id=scheme_id, terms=body.terms())

    async def effect(session: AsyncSession) -> VersionAnswer:
        return VersionAnswer.of(scheme_id, await add_version(session, call.caller, order, today=call.today))

    return await perform(call, effect)


@router.get("/{scheme_id}/versions/{version_id}", summary="Read one version of a scheme's rules")
async def get_version(
    scheme_id: UUID, version_id: UUID, call: Annotated[Call, Depends(get_call)], response: Response
) -> VersionAnswer:
    async def query(session: AsyncSession) -> VersionAnswer:
        return VersionAnswer.of(scheme_id, await read_version(session, call.caller, scheme_id, version_id))

    answer = await read(call, query)
    tag(response, answer)
    return answer


@router.put(
    "/{scheme_id}/versions/{version_id}",
    response_model=VersionAnswer,
    summary="Replace a version that no request follows yet and whose first day is not past",
)
async def put_version(
    scheme_id: UUID,
    version_id: UUID,
    body: TermsBody,
    call: Annotated[Call, Depends(get_call)],
    match: IfMatch,
) -> Response:
    order = ReplaceVersion(scheme_id=scheme_id, version_id=version_id, terms=body.terms())

    async def now(session: AsyncSession) -> VersionAnswer:
        return VersionAnswer.of(scheme_id, await hold_version(session, call.caller, scheme_id, version_id))

    async def effect(session: AsyncSession) -> VersionAnswer:
        replaced = await replace_version(session, call.caller, order, today=call.today)
        return VersionAnswer.of(scheme_id, replaced)

    return await perform(call, match.before(effect, now), status=200)
