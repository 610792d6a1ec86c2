"""Indicators: the same figures as at every other door."""

from datetime import date
from typing import Any, Self
from uuid import UUID

import strawberry

from services.kernel.identifiers import Siren
from services.kernel.language import Language
from services.loans.domain.indicators import Indicator as IndicatorOfDomain
from services.loans.domain.indicators import Indicators as IndicatorsOfDomain
from services.loans.domain.indicators import formulas_in
from services.loans.graphql.batches import IndicatorsOf
from services.loans.persistence.indicators import Group
from services.loans.usecases.read_indicators import IndicatorScope as ScopeAsked
from services.loans.usecases.read_indicators import scope_of
from services.runtime.graphql.context import Info
from services.runtime.graphql.scalars import Cents


@strawberry.type(description="What figures are of, as asked; null is all that the caller sees.")
class IndicatorScope:
    region: str | None = strawberry.field(description="Of one region, by its INSEE code.")
    fund_id: UUID | None = strawberry.field(description="Of one loan fund.")
    cae: Siren | None = strawberry.field(description="Of the loans that a CAE hosts on the day.")
    cohort: int | None = strawberry.field(description="Of one year of disbursement.")
    funder: Siren | None = strawberry.field(description="One funder's part.")

    @classmethod
    def of(cls, asked: ScopeAsked) -> Self:
        return cls(
            region=asked.region,
            fund_id=asked.fund_id,
            cae=asked.cae,
            cohort=asked.cohort,
            funder=asked.funder,
        )


@strawberry.type(description="A ratio with what it is made of.")
class Indicator:
    value: str | None = strawberry.field(
        description="A percentage with two decimals, `97.52`; null where there is nothing to divide by."
    )
    numerator_cents: Cents = strawberry.field(description="What is above the line.")
    denominator_cents: Cents = strawberry.field(description="What is below the line.")
    as_of: date = strawberry.field(description="The day that it is true of.")
    formula: str = strawberry.field(description="How it is computed, in the caller's language.")

    @classmethod
    def of(cls, indicator: IndicatorOfDomain, language: Language) -> Self:
        return cls(
            value=indicator.value,
            numerator_cents=Cents(indicator.numerator_cents),
            denominator_cents=Cents(indicator.denominator_cents),
            as_of=indicator.as_of,
            formula=formulas_in(language)[indicator.kind],
        )


@strawberry.type(
    description="How a set of loans goes, among those that the caller may see; a funder's are its own part."
)
class LoanIndicators:
    scope: IndicatorScope = strawberry.field(description="Of which loans.")
    as_of: date = strawberry.field(description="The day that all seven are true of.")
    repayment_rate: Indicator = strawberry.field(description="Received of what fell due.")
    outstanding: Indicator = strawberry.field(description="Still owed, of what was disbursed.")
    arrears: Indicator = strawberry.field(description="Due and not received, of what is owed.")
    par_30: Indicator = strawberry.field(description="Portfolio at risk over 30 days.")
    par_60: Indicator = strawberry.field(description="Portfolio at risk over 60 days.")
    par_90: Indicator = strawberry.field(description="Portfolio at risk over 90 days.")
    loss_rate: Indicator = strawberry.field(description="Lost net of recoveries, of what was disbursed.")

    @classmethod
    def of(cls, indicators: IndicatorsOfDomain, asked: ScopeAsked, language: Language) -> Self:
        return cls(
            scope=IndicatorScope.of(asked),
            as_of=indicators.outstanding.as_of,
            repayment_rate=Indicator.of(indicators.repayment_rate, language),
            outstanding=Indicator.of(indicators.outstanding, language),
            arrears=Indicator.of(indicators.arrears, language),
            par_30=Indicator.of(indicators.par_30, language),
            par_60=Indicator.of(indicators.par_60, language),
            par_90=Indicator.of(indicators.par_90, language),
            loss_rate=Indicator.of(indicators.loss_rate, language),
        )


async def indicators_of(
    info: Info, whose: Group, key: Any, *, as_of: date | None, cohort: int | None
) -> LoanIndicators | None:
    """Of one region, fund, CAE or funder; null where the caller may not see it."""
    found = await info.context.load(IndicatorsOf(whose, as_of or info.context.today, cohort), key)
    return LoanIndicators.of(found, scope_of(whose, key, cohort), info.context.language) if found else None
