"""The room that a CAE has left, under /v1/schemes/{id}/caps."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.capital.rest.words import SCHEME_ID, SIREN
from services.capital.usecases.read_caps import CaeCap, read_cap
from services.kernel.identifiers import Siren
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, SirenField

router = APIRouter(prefix="/schemes", tags=["caps"])


class CapAnswer(Answer):
    scheme_id: UUID = Field(description="The scheme", examples=[SCHEME_ID])
    cae: Siren = Field(description="The CAE, by SIREN: its establishments share the cap", examples=[SIREN])
    period: str = Field(
        description="What is counted: `scheme` for its whole life, or this year as `2026`",
        examples=["scheme"],
    )
    cap_cents: int | None = Field(description="The cap; null without a limit", examples=[2_000_000])
    used_cents: int = Field(
        description="What the CAE was awarded, and what its requests keep", examples=[1_850_000]
    )
    room_cents: int | None = Field(description="What it may still be awarded", examples=[150_000])

    @classmethod
    def of(cls, cap: CaeCap) -> "CapAnswer":
        return cls(
            scheme_id=cap.scheme_id,
            cae=cap.cae_siren,
            period=cap.period,
            cap_cents=cap.cap_cents,
            used_cents=cap.used_cents,
            room_cents=cap.room_cents,
        )


@router.get("/{scheme_id}/caps", summary="What one CAE may still be awarded")
async def get_cap(
    scheme_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    cae: Annotated[SirenField, Query(description="The CAE's SIREN", examples=[SIREN])],
) -> CapAnswer:
    return CapAnswer.of(
        await read(call, lambda session: read_cap(session, call.caller, scheme_id, cae, today=call.today))
    )
