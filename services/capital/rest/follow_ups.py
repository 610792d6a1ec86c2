"""What was seen of a paid top-up's capital, under /v1/top-ups/{id}/follow-ups."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import ConfigDict, Field, StrictBool
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.follow_ups import Check, FollowUp
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.rest.clawback_models import ClawbackAnswer
from services.capital.rest.held_top_ups import held_now
from services.capital.rest.words import TOP_UP_ID
from services.capital.usecases.read_follow_ups import count_follow_ups, list_follow_ups
from services.capital.usecases.record_follow_up import RecordedFollowUp, RecordFollowUp, record_follow_up
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, Body, BusinessDate, Cents, LongText
from services.runtime.idempotency import perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query
from services.runtime.preconditions import IfMatch

router = APIRouter(prefix="/top-ups/{top_up_id}/follow-ups", tags=["follow-ups"])
FOLLOW_UP_ID = "01932c0d-33dd-7a42-9e92-4f5a6b7c8d9e"


class FollowUpBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "checked_on": "2027-11-20",
                    "still_member": True,
                    "capital_kept_cents": 150_000,
                    "evidence": "Registre des associés au 20/11/2027",
                }
            ]
        }
    )

    checked_on: BusinessDate = Field(description="The day of which it tells", examples=["2027-11-20"])
    still_member: StrictBool = Field(
        description="Whether the person was a member of the CAE", examples=[True]
    )
    capital_kept_cents: Cents = Field(
        description="What of the contribution was there, shares paid or subscribed as the rules count them",
        examples=[150_000],
    )
    left_on: BusinessDate | None = Field(
        None,
        description="The day the person left; without it, that of the check. Asked for after the last "
        "follow-up, where only the day tells whether it was before",
        examples=["2027-06-30"],
    )
    capital_withdrawn_on: BusinessDate | None = Field(
        None,
        description="The day capital was withdrawn; without it, that of the check",
        examples=["2027-06-30"],
    )
    evidence: LongText = Field(
        description="What proves it: a text, or the name of an attached document",
        examples=["Registre des associés au 20/11/2027"],
    )
    corrects: UUID | None = Field(
        None,
        description="The wrong answer that this one stands for from now on; it stays, and is linked",
        examples=[FOLLOW_UP_ID],
    )

    def order(self, top_up_id: UUID) -> RecordFollowUp:
        check = Check(
            checked_on=self.checked_on,
            still_member=self.still_member,
            capital_kept_cents=self.capital_kept_cents,
            left_on=self.left_on,
            capital_withdrawn_on=self.capital_withdrawn_on,
            evidence=self.evidence,
        )
        return RecordFollowUp(top_up_id=top_up_id, check=check, corrects=self.corrects)


class FollowUpAnswer(Answer):
    id: UUID = Field(description="The follow-up's id", examples=[FOLLOW_UP_ID])
    top_up_id: UUID = Field(description="The top-up it is about", examples=[TOP_UP_ID])
    checked_on: date = Field(description="The day of which it tells", examples=["2027-11-20"])
    still_member: bool = Field(description="Whether the person was a member", examples=[True])
    capital_kept_cents: int = Field(description="What of the contribution was there", examples=[150_000])
    left_on: date | None = Field(description="The day the person left", examples=["2027-06-30"])
    capital_withdrawn_on: date | None = Field(
        description="The day capital was withdrawn", examples=["2027-06-30"]
    )
    evidence: str | None = Field(
        description="What proves it; null for whoever may not read names",
        examples=["Registre des associés au 20/11/2027"],
    )
    proven_months: int = Field(
        description="The last follow-up that it answers for, in months after the payment; 0 for none",
        examples=[12],
    )
    ended_early: bool = Field(
        description="Whether the person left, or the capital went, before the last one",
        examples=[False],
    )
    unearned_cents: int = Field(
        description="The part of the award that nothing stands behind any more", examples=[0]
    )
    corrects: UUID | None = Field(description="The answer that it corrects", examples=[FOLLOW_UP_ID])
    corrected_by: UUID | None = Field(description="The answer that corrects it", examples=[FOLLOW_UP_ID])
    created_at: datetime = Field(description="When it was recorded", examples=["2027-11-25T09:12:10Z"])

    @classmethod
    def of(cls, follow_up: FollowUp) -> "FollowUpAnswer":
        return cls(**_told(follow_up))


class RecordedAnswer(FollowUpAnswer):
    status: TopUpStatus = Field(description="What the top-up has become", examples=["paid"])
    clawback: ClawbackAnswer | None = Field(
        description="What it proposes to take back, computed and explained; null where it proposes nothing"
    )

    @classmethod
    def recorded(cls, recorded: RecordedFollowUp) -> "RecordedAnswer":
        clawback = ClawbackAnswer.of(recorded.clawback) if recorded.clawback else None
        return cls(**_told(recorded.follow_up), status=recorded.status, clawback=clawback)


def _told(follow_up: FollowUp) -> dict[str, Any]:
    check = follow_up.check
    return {
        "id": follow_up.id,
        "top_up_id": follow_up.top_up_id,
        "checked_on": check.checked_on,
        "still_member": check.still_member,
        "capital_kept_cents": check.capital_kept_cents,
        "left_on": check.left_on,
        "capital_withdrawn_on": check.capital_withdrawn_on,
        "evidence": check.evidence,
        "proven_months": follow_up.proven_months,
        "ended_early": follow_up.ended_early,
        "unearned_cents": follow_up.unearned_cents,
        "corrects": follow_up.corrects,
        "corrected_by": follow_up.corrected_by,
        "created_at": follow_up.created_at,
    }


@router.post(
    "",
    status_code=201,
    response_model=RecordedAnswer,
    summary="Record what was seen of the capital; leaving early proposes a clawback, the last one closes",
)
async def post_follow_up(
    top_up_id: UUID, body: FollowUpBody, call: Annotated[Call, Depends(get_call)], match: IfMatch
) -> Response:
    async def effect(session: AsyncSession) -> RecordedAnswer:
        recorded = await record_follow_up(session, call.caller, body.order(top_up_id), today=call.today)
        return RecordedAnswer.recorded(recorded)

    return await perform(call, match.before(effect, held_now(call, top_up_id)))


@router.get("", summary="A top-up's follow-ups, corrected ones too, in the order they were recorded")
async def get_follow_ups(
    top_up_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
) -> Page[FollowUpAnswer]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[FollowUpAnswer]:
        found = await list_follow_ups(session, call.caller, top_up_id, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda each: encode_cursor(str(each.id)))
        total = await count_follow_ups(session, call.caller, top_up_id) if page.count else None
        return Page(items=[FollowUpAnswer.of(each) for each in items], next=following, total=total)

    return await read(call, query)
