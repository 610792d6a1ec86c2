"""Many repayments at once and the transfers they came with: /v1/repayments/batch and /v1/remittances."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.persistence.remittances import RemittanceFilter
from services.loans.rest.batch_models import (
    BatchAnswer,
    BatchBody,
    RemittanceAnswer,
    RemittanceDetailAnswer,
)
from services.loans.usecases.read_remittances import count_remittances, list_remittances, read_remittance
from services.loans.usecases.record_batch import record_batch
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Reference, SirenField
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(tags=["batches and remittances"])


@router.post(
    "/repayments/batch",
    status_code=201,
    response_model=BatchAnswer,
    summary="Record up to 5 000 repayments: all or nothing, or line by line",
    openapi_extra=KEY_REQUIRED,
)
async def post_batch(body: BatchBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    async def effect(session: AsyncSession) -> BatchAnswer:
        batch = await record_batch(session, call.caller, body.order(), today=call.today)
        return BatchAnswer.of(batch, call.language)

    return await perform(call, effect, key_required=True)


@router.get("/remittances", summary="List the transfers of CAEs, newest first")
async def get_remittances(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
    reference: Annotated[Reference | None, Query(description="By the transfer's reference")] = None,
    unallocated: Annotated[
        bool | None, Query(description="Only those of which something is left to record, or nothing")
    ] = None,
) -> Page[RemittanceAnswer]:
    wanted = RemittanceFilter(cae=cae, reference=reference, unallocated=unallocated)
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[RemittanceAnswer]:
        found = await list_remittances(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_remittances(session, call.caller, wanted) if page.count else None
        return Page(items=[RemittanceAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)


@router.get("/remittances/{remittance_id}", summary="Read a transfer with the repayments that it covers")
async def get_remittance(
    remittance_id: UUID, call: Annotated[Call, Depends(get_call)]
) -> RemittanceDetailAnswer:
    found = await read(call, lambda session: read_remittance(session, call.caller, remittance_id))
    return RemittanceDetailAnswer.whole(*found)
