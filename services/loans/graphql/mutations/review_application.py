"""The operator takes a submitted application under review."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.graphql.applications import LoanApplication, StoredApplication, unnamed
from services.loans.usecases import review_application
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="An application to take under review.")
class ReviewApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


ReviewApplicationAnswer = Annotated[
    LoanApplication | Refusal,
    strawberry.union("ReviewApplicationAnswer", description="The application, or why it could not be."),
]


@strawberry.type
class ReviewApplication:
    @mutation("Takes a submitted application under review.")
    async def review_application(self, info: Info, input: ReviewApplicationInput) -> ReviewApplicationAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: ReviewApplicationInput) -> Application:
            done = await review_application.review_application(
                session, info.context.caller, parse_id(given.application_id, "/application_id")
            )
            return unnamed(done)

        done = await perform(info, input, effect, stored_as=StoredApplication)
        return done if isinstance(done, Refusal) else LoanApplication.of(done)
