"""Which follow-ups are to be made, under /v1/follow-ups-due."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.follow_ups import DueFollowUp
from services.capital.rest.words import SCHEME_ID, TOP_UP_ID, CaeAnswer, EntrepreneurAnswer
from services.capital.usecases.list_follow_ups_due import (
    FollowUpsWanted,
    count_follow_ups_due,
    list_follow_ups_due,
)
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, SirenField
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/follow-ups-due", tags=["follow-ups"])
MOST_MONTHS = 36


class DueAnswer(Answer):
    due_on: date = Field(
        description="Since when it may be made: so many months after the payment", examples=["2027-11-20"]
    )
    months: int = Field(description="Which follow-up, in months after the payment", examples=[12])
    days_late: int = Field(description="Days since it fell due; 0 before", examples=[0])
    top_up_id: UUID = Field(description="The dossier", examples=[TOP_UP_ID])
    scheme_id: UUID = Field(description="Its scheme", examples=[SCHEME_ID])
    cae: CaeAnswer = Field(description="The CAE that was paid")
    entrepreneur: EntrepreneurAnswer = Field(description="The person whose capital it is about")
    award_cents: int | None = Field(description="What was paid", examples=[150_000])
    proven_months: int = Field(
        description="The last follow-up that was answered for; 0 where none was", examples=[0]
    )

    @classmethod
    def of(cls, due: DueFollowUp, today: date) -> "DueAnswer":
        top_up = due.top_up
        return cls(
            due_on=due.milestone.due_on,
            months=due.milestone.months,
            days_late=due.days_late(today),
            top_up_id=top_up.id,
            scheme_id=top_up.scheme_id,
            cae=CaeAnswer.of(top_up.cae),
            entrepreneur=EntrepreneurAnswer.of(top_up.entrepreneur),
            award_cents=top_up.award_cents,
            proven_months=top_up.proven_months,
        )


@router.get("", summary="Follow-ups to make in the next months, those that are late first")
async def get_follow_ups_due(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    within_months: Annotated[
        int, Query(ge=0, le=MOST_MONTHS, description="How many months ahead", examples=[3])
    ] = 3,
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
    scheme_id: Annotated[UUID | None, Query(description="Of one scheme")] = None,
) -> Page[DueAnswer]:
    wanted = FollowUpsWanted(within_months=within_months, cae_siren=cae, scheme_id=scheme_id)
    after = decode_cursor(page.after, date.fromisoformat, UUID) if page.after else None

    async def query(session: AsyncSession) -> Page[DueAnswer]:
        found = await list_follow_ups_due(
            session,
            call.caller,
            wanted,
            after=(after[0], after[1]) if after else None,
            limit=page.limit,
            today=call.today,
        )
        items, following = cut_page(found, page.limit, _cursor)
        total = None
        if page.count:
            total = await count_follow_ups_due(session, call.caller, wanted, today=call.today)
        return Page(items=[DueAnswer.of(due, call.today) for due in items], next=following, total=total)

    return await read(call, query)


def _cursor(due: DueFollowUp) -> str:
    return encode_cursor(due.milestone.due_on.isoformat(), str(due.top_up.id))
