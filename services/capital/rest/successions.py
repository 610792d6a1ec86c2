"""CAEs that merged into others, under /v1/successions."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.successions import Succession
from services.capital.rest.words import SIREN
from services.capital.usecases.read_successions import (
    count_successions,
    list_successions,
    read_succession,
)
from services.capital.usecases.record_succession import RecordSuccession, record_succession
from services.kernel.identifiers import Siren, Siret
from services.runtime.call import Call, get_call, read
from services.runtime.fields import (
    Answer,
    Body,
    BusinessDate,
    LongText,
    RegionField,
    ShortText,
    SirenField,
    SiretField,
)
from services.runtime.idempotency import KEY_REQUIRED, perform
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/successions", tags=["successions"])

SUCCESSION_ID = "01932c0b-18aa-7d10-8b6f-1c2d3e4f5a6b"
SUCCESSOR = "55208131766522"


class SuccessionBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "region": "75",
                    "from_siren": SIREN,
                    "to_siret": SUCCESSOR,
                    "to_name": "Coopérative Héliotrope",
                    "effective_on": "2026-07-01",
                    "reason": "Fusion-absorption, traité du 12/06/2026",
                }
            ]
        }
    )

    region: RegionField = Field(description="Whose dossiers go along: those of one region", examples=["75"])
    from_siren: SirenField = Field(description="The CAE that is no more, by SIREN", examples=[SIREN])
    to_siret: SiretField = Field(description="The establishment that takes over", examples=[SUCCESSOR])
    to_name: ShortText = Field(description="The successor's name", examples=["Coopérative Héliotrope"])
    effective_on: BusinessDate = Field(
        description="The merger's own day; what was decided before stays its former CAE's in published data",
        examples=["2026-07-01"],
    )
    reason: LongText = Field(
        description="Why, and on which paper", examples=["Fusion-absorption, traité du 12/06/2026"]
    )

    def order(self) -> RecordSuccession:
        return RecordSuccession(
            region=self.region,
            from_siren=self.from_siren,
            to_siret=self.to_siret,
            to_name=self.to_name,
            effective_on=self.effective_on,
            reason=self.reason,
        )


class SuccessionAnswer(Answer):
    id: UUID = Field(description="The succession's id", examples=[SUCCESSION_ID])
    region: str = Field(description="Whose dossiers went along", examples=["75"])
    from_siren: Siren = Field(description="The CAE that is no more", examples=[SIREN])
    to_siren: Siren = Field(description="The CAE that has its dossiers", examples=[SUCCESSOR[:9]])
    to_siret: Siret = Field(description="The establishment that took over", examples=[SUCCESSOR])
    to_name: str = Field(description="Its name", examples=["Coopérative Héliotrope"])
    effective_on: date = Field(description="The merger's own day", examples=["2026-07-01"])
    reason: str = Field(
        description="Why, and on which paper", examples=["Fusion-absorption, traité du 12/06/2026"]
    )
    top_ups: int = Field(description="How many dossiers went along, of any status", examples=[17])
    taken_cents: int = Field(
        description="What their awards take of the successor's caps", examples=[1_350_000]
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-28T15:04:05Z"])

    @classmethod
    def of(cls, succession: Succession) -> "SuccessionAnswer":
        return cls.model_validate({name: getattr(succession, name) for name in cls.model_fields})


@router.post(
    "",
    status_code=201,
    response_model=SuccessionAnswer,
    summary="Record that a CAE merged into another, which takes its dossiers along",
    openapi_extra=KEY_REQUIRED,
)
async def post_succession(body: SuccessionBody, call: Annotated[Call, Depends(get_call)]) -> Response:
    async def effect(session: AsyncSession) -> SuccessionAnswer:
        return SuccessionAnswer.of(
            await record_succession(session, call.caller, body.order(), today=call.today)
        )

    return await perform(call, effect, key_required=True)


@router.get("", summary="List the successions, as they were recorded")
async def get_successions(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    cae: Annotated[SirenField | None, Query(description="Of one CAE, on either side, by SIREN")] = None,
) -> Page[SuccessionAnswer]:
    after = decode_cursor(page.after, UUID)[0] if page.after else None

    async def query(session: AsyncSession) -> Page[SuccessionAnswer]:
        found = await list_successions(session, call.caller, siren=cae, after=after, limit=page.limit)
        items, following = cut_page(found, page.limit, lambda one: encode_cursor(str(one.id)))
        total = await count_successions(session, call.caller, siren=cae) if page.count else None
        return Page(items=[SuccessionAnswer.of(one) for one in items], next=following, total=total)

    return await read(call, query)


@router.get("/{succession_id}", summary="Read a succession")
async def get_succession(succession_id: UUID, call: Annotated[Call, Depends(get_call)]) -> SuccessionAnswer:
    return SuccessionAnswer.of(
        await read(call, lambda session: read_succession(session, call.caller, succession_id))
    )
