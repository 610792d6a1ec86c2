"""The operator confirms what a CAE declared."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.repayment_declaration import RepaymentDeclaration as DeclarationOfDomain
from services.loans.graphql.repayment_declarations import RepaymentDeclaration, StoredDeclaration, untold
from services.loans.usecases import confirm_repayment_declaration
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The confirmation of a declared repayment.")
class ConfirmRepaymentDeclarationInput:
    declaration_id: strawberry.ID = strawberry.field(description="The declaration.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


ConfirmRepaymentDeclarationAnswer = Annotated[
    RepaymentDeclaration | Refusal,
    strawberry.union(
        "ConfirmRepaymentDeclarationAnswer", description="The declaration, or why it was not confirmed."
    ),
]


@strawberry.type
class ConfirmRepaymentDeclaration:
    @mutation("Confirms a declared repayment: it is recorded, and counts from then on.")
    async def confirm_repayment_declaration(
        self,
        info: Info,
        input: ConfirmRepaymentDeclarationInput,  # noqa: A002
    ) -> ConfirmRepaymentDeclarationAnswer:
        async def effect(
            session: AsyncSession, given: ConfirmRepaymentDeclarationInput
        ) -> DeclarationOfDomain:
            confirmed = await confirm_repayment_declaration.confirm_repayment_declaration(
                session,
                info.context.caller,
                parse_id(given.declaration_id, "/declaration_id"),
                today=info.context.today,
            )
            return untold(confirmed.declaration)

        done = await perform(info, input, effect, stored_as=StoredDeclaration)
        return done if isinstance(done, Refusal) else RepaymentDeclaration.of(done)
