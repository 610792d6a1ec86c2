"""The applicant gives up before the committee decides."""

from typing import Annotated

import strawberry
from pydantic import RootModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.domain.draft import Draft
from services.loans.graphql.applications import LoanApplication, unnamed
from services.loans.graphql.drafts import ApplicationDraft, ShownDraft
from services.loans.usecases import withdraw_application
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id

StoredWithdrawal = RootModel[Application | ShownDraft]


@strawberry.input(description="The withdrawal of an application, or of a draft.")
class WithdrawApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    reason: LongText | None = strawberry.field(default=None, description="Why.")
    withdrawn_on: BusinessDate | None = strawberry.field(default=None, description="When; today by default.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


WithdrawApplicationAnswer = Annotated[
    LoanApplication | ApplicationDraft | Refusal,
    strawberry.union(
        "WithdrawApplicationAnswer", description="The application or its draft, or why it could not be."
    ),
]


@strawberry.type
class WithdrawApplication:
    @mutation("Withdraws an application that is not decided yet; of a draft nothing stays but its trace.")
    async def withdraw_application(
        self,
        info: Info,
        input: WithdrawApplicationInput,  # noqa: A002
    ) -> WithdrawApplicationAnswer:
        async def effect(session: AsyncSession, given: WithdrawApplicationInput) -> Application | ShownDraft:
            order = withdraw_application.WithdrawApplication(
                application_id=parse_id(given.application_id, "/application_id"),
                reason=given.reason,
                withdrawn_on=given.withdrawn_on,
            )
            done = await withdraw_application.withdraw_application(
                session, info.context.caller, order, today=info.context.today
            )
            if isinstance(done, Draft):
                return ShownDraft.of(done, None, info.context.language)
            return unnamed(done)

        done = await perform(info, input, effect, stored_as=StoredWithdrawal)
        match done:
            case Refusal():
                return done
            case ShownDraft():
                return ApplicationDraft.of(done)
            case _:
                return LoanApplication.of(done)
