"""Who must become a member soon, under /v1/membership-deadlines."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.awards import Reason
from services.capital.rest.words import SCHEME_ID, TOP_UP_ID, CaeAnswer, EntrepreneurAnswer
from services.capital.usecases.list_membership_deadlines import (
    DeadlineFilter,
    MembershipDeadline,
    count_membership_deadlines,
    list_membership_deadlines,
)
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, SirenField
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/membership-deadlines", tags=["membership"])
MOST_MONTHS = 36


class DeadlineAnswer(Answer):
    due_on: date = Field(
        description="By when the person must be a member (Code du travail L7331-3)", examples=["2028-03-01"]
    )
    entrepreneur: EntrepreneurAnswer = Field(description="The person, by their latest dossier")
    cae: CaeAnswer = Field(description="Their CAE")
    scheme_id: UUID = Field(description="The scheme of that dossier", examples=[SCHEME_ID])
    top_up_id: UUID = Field(description="That dossier", examples=[TOP_UP_ID])
    paid_up_cents: int = Field(description="The contribution it declares", examples=[150_000])
    entitlement_cents: int = Field(
        description="The top-up that it would get by the rules in force today, if there is room",
        examples=[150_000],
    )
    award_cents: int = Field(
        description="What the cap, the budget and the ceiling of de minimis aid leave this person today",
        examples=[150_000],
    )
    reason: Reason | None = Field(
        description="Why it is less than the whole match; null where it is not", examples=["above-ceiling"]
    )

    @classmethod
    def of(cls, deadline: MembershipDeadline) -> "DeadlineAnswer":
        top_up = deadline.top_up
        return cls(
            due_on=deadline.due_on,
            entrepreneur=EntrepreneurAnswer.of(top_up.entrepreneur),
            cae=CaeAnswer.of(top_up.cae),
            scheme_id=top_up.scheme_id,
            top_up_id=top_up.id,
            paid_up_cents=top_up.paid_up_cents,
            entitlement_cents=deadline.entitlement_cents,
            award_cents=deadline.award_cents,
            reason=deadline.reason,
        )


@router.get("", summary="Who must become a member in the next months, soonest first")
async def get_membership_deadlines(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    within_months: Annotated[
        int, Query(ge=0, le=MOST_MONTHS, description="How many months ahead", examples=[6])
    ] = 6,
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
) -> Page[DeadlineAnswer]:
    wanted = DeadlineFilter(within_months=within_months, cae_siren=cae)
    after = decode_cursor(page.after, date.fromisoformat, UUID) if page.after else None

    async def query(session: AsyncSession) -> Page[DeadlineAnswer]:
        found = await list_membership_deadlines(
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
            total = await count_membership_deadlines(session, call.caller, wanted, today=call.today)
        return Page(items=[DeadlineAnswer.of(deadline) for deadline in items], next=following, total=total)

    return await read(call, query)


def _cursor(deadline: MembershipDeadline) -> str:
    return encode_cursor(deadline.due_on.isoformat(), str(deadline.top_up.id))
