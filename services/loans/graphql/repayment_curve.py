"""The monthly curve: the same points as at every other door."""

from datetime import date
from typing import Annotated, Self

import strawberry

from services.kernel.language import Language
from services.loans.domain.repayment_curve import CURVE_FORMULA
from services.loans.domain.repayment_curve import CurvePoint as PointOfDomain
from services.loans.graphql.batches import CurveOf
from services.loans.persistence.indicators import Group
from services.runtime.graphql.context import Info
from services.runtime.graphql.scalars import Cents

Since = Annotated[date | None, strawberry.argument(name="from", description="A day of the first month.")]
Until = Annotated[
    date | None, strawberry.argument(name="to", description="A day of the last month, which may be to come.")
]


@strawberry.type(description="A month of the curve; cumulative amounts are of all months to its last day.")
class RepaymentCurvePoint:
    month: date = strawberry.field(description="Its first day.")
    expected_cents: Cents = strawberry.field(
        description="What fell due, or will; negative where a rescheduling moved it to later."
    )
    received_on_due_cents: Cents = strawberry.field(description="Received of what was due.")
    received_cents: Cents = strawberry.field(description="Received in all, net of reversals.")
    cumulative_expected_cents: Cents = strawberry.field(
        description="Due since the first loan: the denominator of the repayment rate."
    )
    cumulative_received_on_due_cents: Cents = strawberry.field(
        description="Received on it: the numerator of the repayment rate."
    )
    cumulative_received_cents: Cents = strawberry.field(description="Received in all since the first loan.")

    @classmethod
    def of(cls, point: PointOfDomain) -> Self:
        return cls(
            month=point.month,
            expected_cents=Cents(point.expected_cents),
            received_on_due_cents=Cents(point.received_on_due_cents),
            received_cents=Cents(point.received_cents),
            cumulative_expected_cents=Cents(point.cumulative_expected_cents),
            cumulative_received_on_due_cents=Cents(point.cumulative_received_on_due_cents),
            cumulative_received_cents=Cents(point.cumulative_received_cents),
        )


@strawberry.type(
    description="What was expected and what came, month by month; a funder's is its own part of each amount."
)
class RepaymentCurve:
    formula: str = strawberry.field(description="What each amount is, in the caller's language.")
    points: list[RepaymentCurvePoint] = strawberry.field(description="Every month asked for, in order.")

    @classmethod
    def of(cls, points: list[PointOfDomain], language: Language) -> Self:
        return cls(
            formula=CURVE_FORMULA.render(language), points=[RepaymentCurvePoint.of(point) for point in points]
        )


async def curve(
    info: Info, whose: Group, key: object, *, since: date | None, until: date | None, cohort: int | None
) -> RepaymentCurve | None:
    found = await info.context.load(CurveOf(whose, since, until, cohort), key)
    return None if found is None else RepaymentCurve.of(found, info.context.language)
