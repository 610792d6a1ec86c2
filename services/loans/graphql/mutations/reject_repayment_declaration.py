"""The operator rejects what a CAE declared."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.repayment_declaration import RepaymentDeclaration as DeclarationOfDomain
from services.loans.graphql.repayment_declarations import RepaymentDeclaration, StoredDeclaration, untold
from services.loans.usecases import end_repayment_declaration
from services.runtime.fields import LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The rejection of a declared repayment.")
class RejectRepaymentDeclarationInput:
    declaration_id: strawberry.ID = strawberry.field(description="The declaration.")
    reason: LongText = strawberry.field(description="Why, for the CAE to read.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


RejectRepaymentDeclarationAnswer = Annotated[
    RepaymentDeclaration | Refusal,
    strawberry.union(
        "RejectRepaymentDeclarationAnswer", description="The declaration, or why it was not rejected."
    ),
]


@strawberry.type
class RejectRepaymentDeclaration:
    @mutation("Rejects a declared repayment: it counts nowhere.")
    async def reject_repayment_declaration(
        self,
        info: Info,
        input: RejectRepaymentDeclarationInput,  # noqa: A002
    ) -> RejectRepaymentDeclarationAnswer:
        async def effect(
            session: AsyncSession, given: RejectRepaymentDeclarationInput
        ) -> DeclarationOfDomain:
            order = end_repayment_declaration.RejectDeclaration(
                parse_id(given.declaration_id, "/declaration_id"), given.reason
            )
            rejected = await end_repayment_declaration.reject_repayment_declaration(
                session, info.context.caller, order
            )
            return untold(rejected)

        done = await perform(info, input, effect, stored_as=StoredDeclaration)
        return done if isinstance(done, Refusal) else RepaymentDeclaration.of(done)
