"""The indicators of a portfolio, under /v1/indicators, and the monthly curve behind the repayment rate."""

from dataclasses import fields, replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.kernel.identifiers import Siren
from services.kernel.language import Language
from services.loans.domain.indicators import FORMULAS, Indicator, IndicatorKind, Indicators
from services.loans.domain.repayment_curve import CURVE_FORMULA, CurvePoint
from services.loans.rest.words import FUND_ID, SIREN
from services.loans.usecases.read_indicators import IndicatorScope, read_cohorts, read_indicators
from services.loans.usecases.read_repayment_curve import read_repayment_curve
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, BusinessDate, RegionField, SirenField

router = APIRouter(tags=["indicators"])

OWN_PART = "A funder is told its own part of each amount: those of all funders add up to the fund's."
Cohort = Annotated[
    int | None,
    Query(ge=1900, le=2200, description="Of loans disbursed that year; all if absent", examples=[2024]),
]
AsOf = Annotated[
    BusinessDate | None, Query(description="On which date; today if absent", examples=["2025-12-31"])
]


def get_scope(
    region: Annotated[RegionField | None, Query(description="Of one region, by INSEE code")] = None,
    fund_id: Annotated[UUID | None, Query(description="Of one fund")] = None,
    cae: Annotated[SirenField | None, Query(description="Of the loans that a CAE hosts, by SIREN")] = None,
    funder: Annotated[
        SirenField | None, Query(description="One funder's part, by SIREN; a funder names itself alone")
    ] = None,
) -> IndicatorScope:
    return IndicatorScope(region=region, fund_id=fund_id, cae=cae, funder=funder)


Called = Annotated[Call, Depends(get_call)]
Scoped = Annotated[IndicatorScope, Depends(get_scope)]


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


class ScopeAnswer(Answer):
    """What the figures are of, as asked."""

    region: str | None = Field(description="Of one region; null: all that the caller sees", examples=["84"])
    fund_id: UUID | None = Field(
        description="Of one fund; null: all that the caller sees", examples=[FUND_ID]
    )
    cae: Siren | None = Field(description="Of one CAE; null: all that the caller sees", examples=[SIREN])
    cohort: int | None = Field(
        description="Of one year of disbursement; null: of every year", examples=[2024]
    )
    funder: Siren | None = Field(description="One funder's part; null: of every funder", examples=[SIREN])


class SevenIndicators(Answer):
    repayment_rate: IndicatorAnswer = Field(description="Received on what was due")
    outstanding: IndicatorAnswer = Field(description="What is still owed, of what was lent")
    arrears: IndicatorAnswer = Field(description="What is due and not paid, of what is still owed")
    par_30: IndicatorAnswer = Field(description="Portfolio at risk over 30 days")
    par_60: IndicatorAnswer = Field(description="Portfolio at risk over 60 days")
    par_90: IndicatorAnswer = Field(description="Portfolio at risk over 90 days")
    loss_rate: IndicatorAnswer = Field(description="Lost net of recoveries, of what was lent")


class IndicatorsAnswer(SevenIndicators, ScopeAnswer):
    as_of: date = Field(description="On which date", examples=["2025-12-31"])


class CohortAnswer(SevenIndicators):
    cohort: int = Field(description="The loans disbursed that year", examples=[2024])


class CohortsAnswer(ScopeAnswer):
    as_of: date = Field(description="On which date", examples=["2025-12-31"])
    items: list[CohortAnswer] = Field(description="By year of disbursement; a year without a loan is absent")


class CurvePointAnswer(Answer):
    month: date = Field(description="The month, by its first day", examples=["2025-12-01"])
    expected_cents: int = Field(
        description="What fell due, or will; negative where a rescheduling moved it to later",
        examples=[2_250_00],
    )
    received_on_due_cents: int = Field(description="Received of what was due", examples=[2_100_00])
    received_cents: int = Field(
        description="Received in all: repayments net of reversals, and recoveries", examples=[2_180_00]
    )
    cumulative_expected_cents: int = Field(
        description="Due up to the month's last day: the denominator of the repayment rate",
        examples=[93_439_405],
    )
    cumulative_received_on_due_cents: int = Field(
        description="Received on it: the numerator of the repayment rate", examples=[91_118_489]
    )
    cumulative_received_cents: int = Field(description="Received in all", examples=[92_004_116])

    @classmethod
    def of(cls, point: CurvePoint) -> "CurvePointAnswer":
        return cls(**{field.name: getattr(point, field.name) for field in fields(point)})


class CurveAnswer(ScopeAnswer):
    formula: str = Field(
        description="What each amount is, in the caller's language", examples=[CURVE_FORMULA.french]
    )
    points: list[CurvePointAnswer] = Field(description="Every month asked for, in order")


def _scope_values(wanted: IndicatorScope) -> dict[str, object]:
    return {field.name: getattr(wanted, field.name) for field in fields(wanted)}


def _seven(indicators: Indicators, language: Language) -> dict[str, IndicatorAnswer]:
    return {
        field.name: IndicatorAnswer.of(getattr(indicators, field.name), language)
        for field in fields(indicators)
    }


@router.get(
    "/indicators",
    summary="Repayment rate, outstanding, arrears, portfolio at risk and losses, on a date",
    description=OWN_PART,
)
async def get_indicators(
    call: Called, scope: Scoped, cohort: Cohort = None, as_of: AsOf = None
) -> IndicatorsAnswer:
    wanted, on = replace(scope, cohort=cohort), as_of or call.today
    found = await read(
        call, lambda session: read_indicators(session, call.caller, wanted, as_of=on, today=call.today)
    )
    return IndicatorsAnswer.model_validate(
        {"as_of": on, **_scope_values(wanted), **_seven(found, call.language)}
    )


@router.get(
    "/indicators/cohorts",
    summary="The same indicators, one line for each year of disbursement",
    description=OWN_PART,
)
async def get_cohorts(call: Called, scope: Scoped, as_of: AsOf = None) -> CohortsAnswer:
    on = as_of or call.today
    found = await read(
        call, lambda session: read_cohorts(session, call.caller, scope, as_of=on, today=call.today)
    )
    items = [{"cohort": year, **_seven(indicators, call.language)} for year, indicators in found.items()]
    return CohortsAnswer.model_validate({"as_of": on, "items": items, **_scope_values(scope)})


@router.get(
    "/repayment-curve",
    summary="What was expected and what came, month by month",
    description=f"Cumulative amounts are those of the repayment rate on the month's last day. {OWN_PART}",
)
async def get_repayment_curve(
    call: Called,
    scope: Scoped,
    first: Annotated[
        BusinessDate | None,
        Query(alias="from", description="A day of the first month; if absent, eleven before the last"),
    ] = None,
    last: Annotated[
        BusinessDate | None,
        Query(alias="to", description="A day of the last month, which may be to come; if absent, this one"),
    ] = None,
    cohort: Cohort = None,
) -> CurveAnswer:
    wanted = replace(scope, cohort=cohort)
    points = await read(
        call,
        lambda session: read_repayment_curve(
            session, call.caller, wanted, first=first, last=last, today=call.today
        ),
    )
    return CurveAnswer.model_validate(
        {
            "formula": CURVE_FORMULA.render(call.language),
            "points": [CurvePointAnswer.of(point) for point in points],
            **_scope_values(wanted),
        }
    )
