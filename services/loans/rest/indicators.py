"""The indicators of a portfolio, under /v1/indicators."""

from dataclasses import fields
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.kernel.identifiers import Siren
from services.kernel.language import Language
from services.loans.domain.indicators import FORMULAS, Indicator, IndicatorKind, Indicators
from services.loans.rest.words import FUND_ID, SIREN
from services.loans.usecases.read_indicators import IndicatorScope, read_indicators
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, BusinessDate, RegionField, SirenField

router = APIRouter(prefix="/indicators", tags=["indicators"])


class IndicatorAnswer(Answer):
    value: str | None = Field(
        description="A percentage with two decimals; null where there is nothing to divide by",
        examples=["97.52"],
    )
    numerator_cents: int = Field(description="What is divided, in cents", examples=[91_118_489])
    denominator_cents: int = Field(description="By what, in cents", examples=[93_439_405])
    as_of: date = Field(description="On which date", examples=["2025-12-31"])
    formula: str = Field(
        description="What the figure is made of, in the caller's language",
        examples=[FORMULAS[IndicatorKind.REPAYMENT_RATE].french],
    )

    @classmethod
    def of(cls, indicator: Indicator, language: Language) -> "IndicatorAnswer":
        return cls(
            value=indicator.value,
            numerator_cents=indicator.numerator_cents,
            denominator_cents=indicator.denominator_cents,
            as_of=indicator.as_of,
            formula=indicator.formula.render(language),
        )


class IndicatorsAnswer(Answer):
    as_of: date = Field(description="On which date", examples=["2025-12-31"])
    region: str | None = Field(description="Of one region; null: all that the caller sees", examples=["84"])
    fund_id: UUID | None = Field(
        description="Of one fund; null: all that the caller sees", examples=[FUND_ID]
    )
    cae: Siren | None = Field(description="Of one CAE; null: all that the caller sees", examples=[SIREN])
    repayment_rate: IndicatorAnswer = Field(description="Received on what was due")
    outstanding: IndicatorAnswer = Field(description="What is still owed, of what was lent")
    arrears: IndicatorAnswer = Field(description="What is due and not paid, of what is still owed")
    par_30: IndicatorAnswer = Field(description="Portfolio at risk over 30 days")
    par_60: IndicatorAnswer = Field(description="Portfolio at risk over 60 days")
    par_90: IndicatorAnswer = Field(description="Portfolio at risk over 90 days")
    loss_rate: IndicatorAnswer = Field(description="Lost net of recoveries, of what was lent")

    @classmethod
    def of(
        cls, indicators: Indicators, wanted: IndicatorScope, as_of: date, language: Language
    ) -> "IndicatorsAnswer":
        shown = {
            field.name: IndicatorAnswer.of(getattr(indicators, field.name), language)
            for field in fields(indicators)
        }
        return cls(as_of=as_of, region=wanted.region, fund_id=wanted.fund_id, cae=wanted.cae, **shown)


@router.get(
    "",
    summary="Repayment rate, outstanding, arrears, portfolio at risk and losses, on a date",
    description="A funder is told its own part of each amount: those of all funders add up to the fund's.",
)
async def get_indicators(
    call: Annotated[Call, Depends(get_call)],
    region: Annotated[RegionField | None, Query(description="Of one region, by INSEE code")] = None,
    fund_id: Annotated[UUID | None, Query(description="Of one fund")] = None,
    cae: Annotated[SirenField | None, Query(description="Of one CAE, by SIREN")] = None,
    as_of: Annotated[
        BusinessDate | None, Query(description="On which date; today if absent", examples=["2025-12-31"])
    ] = None,
) -> IndicatorsAnswer:
    wanted = IndicatorScope(region=region, fund_id=fund_id, cae=cae)
    on = as_of or call.today
    indicators = await read(
        call,
        lambda session: read_indicators(session, call.caller, wanted, as_of=on, today=call.today),
    )
    return IndicatorsAnswer.of(indicators, wanted, on, call.language)
