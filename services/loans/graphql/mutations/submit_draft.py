"""A draft is submitted."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.graphql.applications import LoanApplication, StoredApplication, unnamed
from services.loans.usecases import submit_draft
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="A draft that misses nothing any more.")
class SubmitDraftInput:
    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


SubmitDraftAnswer = Annotated[
    LoanApplication | Refusal,
    strawberry.union("SubmitDraftAnswer", description="The application, or why it was not taken."),
]


@strawberry.type
class SubmitDraft:
    @mutation("Submits a draft, through every check of a submission; the application has its id.")
    async def submit_draft(self, info: Info, input: SubmitDraftInput) -> SubmitDraftAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: SubmitDraftInput) -> Application:
            context = info.context
            submitted = await submit_draft.submit_draft(
                session,
                context.caller,
                parse_id(given.draft_id, "/draft_id"),
                today=context.today,
                entrepreneur_key=context.entrepreneur_key,
            )
            return unnamed(submitted)

        done = await perform(info, input, effect, stored_as=StoredApplication)
        return done if isinstance(done, Refusal) else LoanApplication.of(done)
