"""The applicant declines the offer."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.graphql.applications import LoanApplication, StoredApplication, unnamed
from services.loans.usecases import decline_offer
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="An approved application whose offer is declined.")
class DeclineApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    reason: LongText | None = strawberry.field(default=None, description="Why.")
    declined_on: BusinessDate | None = strawberry.field(default=None, description="When; today by default.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


DeclineApplicationAnswer = Annotated[
    LoanApplication | Refusal,
    strawberry.union("DeclineApplicationAnswer", description="The application, or why it could not be."),
]


@strawberry.type
class DeclineApplication:
    @mutation("Declines the offer: what the fund had promised is free again.")
    async def decline_application(
        self,
        info: Info,
        input: DeclineApplicationInput,  # noqa: A002
    ) -> DeclineApplicationAnswer:
        async def effect(session: AsyncSession, given: DeclineApplicationInput) -> Application:
            order = decline_offer.DeclineOffer(
                application_id=parse_id(given.application_id, "/application_id"),
                reason=given.reason,
                declined_on=given.declined_on,
            )
            done = await decline_offer.decline_offer(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done)

        done = await perform(info, input, effect, stored_as=StoredApplication)
        return done if isinstance(done, Refusal) else LoanApplication.of(done)
