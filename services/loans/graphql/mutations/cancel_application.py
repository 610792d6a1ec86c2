"""A signed offer will not be paid."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.graphql.applications import LoanApplication, StoredApplication, unnamed
from services.loans.usecases import cancel_offer
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="A signed application that will not be paid.")
class CancelApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    cancelled_on: BusinessDate = strawberry.field(description="When.")
    reason: LongText = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


CancelApplicationAnswer = Annotated[
    LoanApplication | Refusal,
    strawberry.union("CancelApplicationAnswer", description="The application, or why it could not be."),
]


@strawberry.type
class CancelApplication:
    @mutation("Cancels a signed offer before it is paid: what the fund had committed is free again.")
    async def cancel_application(
        self,
        info: Info,
        input: CancelApplicationInput,  # noqa: A002
    ) -> CancelApplicationAnswer:
        async def effect(session: AsyncSession, given: CancelApplicationInput) -> Application:
            order = cancel_offer.CancelOffer(
                parse_id(given.application_id, "/application_id"), given.cancelled_on, given.reason
            )
            done = await cancel_offer.cancel_offer(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done)

        done = await perform(info, input, effect, stored_as=StoredApplication)
        return done if isinstance(done, Refusal) else LoanApplication.of(done)
