"""What the worker finds each night, under /v1/nightly-checks."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.nightly_checks import NightlyCheck
from services.capital.rest.words import SCHEME_ID, SIREN
from services.capital.usecases.read_nightly_checks import count_nightly_checks, list_nightly_checks
from services.kernel.ledger_proof import Difference
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/nightly-checks", tags=["nightly-checks"])


class DifferenceAnswer(Answer):
    check: str = Field(description="What was compared", examples=["cap-counter-equals-awards"])
    subject: str = Field(
        description="The counter: its scheme, its CAE if it is a cap, its period",
        examples=[f"{SCHEME_ID} {SIREN} scheme"],
    )
    expected_cents: int = Field(description="What the awards add up to", examples=[1_850_000])
    found_cents: int = Field(description="What the counter says", examples=[1_850_001])

    @classmethod
    def of(cls, difference: Difference) -> "DifferenceAnswer":
        return cls(
            check=difference.check,
            subject=difference.subject,
            expected_cents=difference.expected_cents,
            found_cents=difference.found_cents,
        )


class NightlyCheckAnswer(Answer):
    checked_on: date = Field(description="The day, in Paris", examples=["2026-11-28"])
    checked_at: datetime = Field(description="When it was done", examples=["2026-11-28T00:02:11Z"])
    counters: int = Field(description="How many counters of caps and budgets were compared", examples=[212])
    awards: int = Field(description="How many awards they count", examples=[1_904])
    differences: list[DifferenceAnswer] = Field(
        description="Empty, or else something is wrong", examples=[[]]
    )

    @classmethod
    def of(cls, check: NightlyCheck) -> "NightlyCheckAnswer":
        return cls(
            checked_on=check.checked_on,
            checked_at=check.checked_at,
            counters=check.counters,
            awards=check.awards,
            differences=[DifferenceAnswer.of(found) for found in check.differences],
        )


@router.get("", summary="List what each night's check of the counters found, the latest first")
async def get_nightly_checks(
    call: Annotated[Call, Depends(get_call)], page: Annotated[PageQuery, Depends(page_query)]
) -> Page[NightlyCheckAnswer]:
    before = decode_cursor(page.after, date.fromisoformat)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[NightlyCheckAnswer]:
        found = await list_nightly_checks(session, call.caller, before=before, limit=page.limit)
        items, following = cut_page(
            found, page.limit, lambda check: encode_cursor(check.checked_on.isoformat())
        )
        total = await count_nightly_checks(session, call.caller) if page.count else None
        return Page(items=[NightlyCheckAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)
