"""Who waits for room, under /v1/schemes/{id}/waiting-list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.rest.top_up_models import TopUpAnswer
from services.capital.usecases.read_waiting_list import (
    Waiting,
    WaitingFilter,
    count_waiting,
    read_waiting_list,
)
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, SirenField
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/schemes", tags=["waiting list"])


class WaitingAnswer(Answer):
    place: int = Field(
        description="Its place among all who wait for the scheme, from 1, of whichever CAE", examples=[3]
    )
    top_up: TopUpAnswer = Field(description="The request that waits")

    @classmethod
    def of(cls, waiting: Waiting) -> "WaitingAnswer":
        return cls(place=waiting.place, top_up=TopUpAnswer.of(waiting.top_up))


@router.get("/{scheme_id}/waiting-list", summary="Who waits for room in the cap or the budget, in order")
async def get_waiting_list(
    scheme_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
) -> Page[WaitingAnswer]:
    after = decode_cursor(page.after, int)[0] if page.after else 0
    wanted = WaitingFilter(scheme_id=scheme_id, cae_siren=cae)

    async def query(session: AsyncSession) -> Page[WaitingAnswer]:
        found = await read_waiting_list(session, call.caller, wanted, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, _cursor)
        total = await count_waiting(session, call.caller, wanted) if page.count else None
        return Page(items=[WaitingAnswer.of(waiting) for waiting in items], next=following, total=total)

    return await read(call, query)


def _cursor(waiting: Waiting) -> str:
    return encode_cursor(str(waiting.top_up.waiting_number))
