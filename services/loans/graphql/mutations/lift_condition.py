"""A condition of an offer is met."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.graphql.applications import LoanApplication, StoredApplication, unnamed
from services.loans.usecases import lift_condition
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="What lifts a condition.")
class LiftConditionInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    condition_id: strawberry.ID = strawberry.field(description="The condition.")
    lifted_on: BusinessDate = strawberry.field(description="The day it was met.")
    evidence: LongText = strawberry.field(description="What was seen.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


LiftConditionAnswer = Annotated[
    LoanApplication | Refusal,
    strawberry.union("LiftConditionAnswer", description="The application, or why it was not lifted."),
]


@strawberry.type
class LiftCondition:
    @mutation("Lifts a condition: from its day on, it no longer holds the payment back.")
    async def lift_condition(
        self,
        info: Info,
        input: LiftConditionInput,  # noqa: A002
    ) -> LiftConditionAnswer:
        async def effect(session: AsyncSession, given: LiftConditionInput) -> Application:
            order = lift_condition.LiftCondition(
                parse_id(given.application_id, "/application_id"),
                parse_id(given.condition_id, "/condition_id"),
                given.lifted_on,
                given.evidence,
            )
            lifted = await lift_condition.lift_condition(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(lifted)

        done = await perform(info, input, effect, stored_as=StoredApplication)
        return done if isinstance(done, Refusal) else LoanApplication.of(done)
