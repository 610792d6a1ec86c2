"""The applicant signs the offer."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.graphql.applications import LoanApplication, StoredApplication, unnamed
from services.loans.usecases import sign_offer
from services.runtime.fields import BusinessDate
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="An approved application whose offer is signed.")
class SignApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    signed_on: BusinessDate = strawberry.field(description="When it was signed.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


SignApplicationAnswer = Annotated[
    LoanApplication | Refusal,
    strawberry.union("SignApplicationAnswer", description="The application, or why it could not be."),
]


@strawberry.type
class SignApplication:
    @mutation("Signs the offer, within the days that the fund leaves.")
    async def sign_application(self, info: Info, input: SignApplicationInput) -> SignApplicationAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: SignApplicationInput) -> Application:
            order = sign_offer.SignOffer(
                application_id=parse_id(given.application_id, "/application_id"),
                signed_on=given.signed_on,
            )
            done = await sign_offer.sign_offer(session, info.context.caller, order, today=info.context.today)
            return unnamed(done)

        done = await perform(info, input, effect, stored_as=StoredApplication)
        return done if isinstance(done, Refusal) else LoanApplication.of(done)
