"""The applicant gives up before the committee decides."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.graphql.applications import LoanApplication, StoredApplication, unnamed
from services.loans.usecases import withdraw_application
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The withdrawal of an application.")
class WithdrawApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    reason: LongText | None = strawberry.field(default=None, description="Why.")
    withdrawn_on: BusinessDate | None = strawberry.field(default=None, description="When; today by default.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


WithdrawApplicationAnswer = Annotated[
    LoanApplication | Refusal,
    strawberry.union("WithdrawApplicationAnswer", description="The application, or why it could not be."),
]


@strawberry.type
class WithdrawApplication:
    @mutation("Withdraws an application that is not decided yet.")
    async def withdraw_application(
        self,
        info: Info,
        input: WithdrawApplicationInput,  # noqa: A002
    ) -> WithdrawApplicationAnswer:
        async def effect(session: AsyncSession, given: WithdrawApplicationInput) -> Application:
            order = withdraw_application.WithdrawApplication(
                application_id=parse_id(given.application_id, "/application_id"),
                reason=given.reason,
                withdrawn_on=given.withdrawn_on,
            )
            done = await withdraw_application.withdraw_application(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done)

        done = await perform(info, input, effect, stored_as=StoredApplication)
        return done if isinstance(done, Refusal) else LoanApplication.of(done)
