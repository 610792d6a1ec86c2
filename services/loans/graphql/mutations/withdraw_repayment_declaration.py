"""A CAE takes back what it declared."""

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


@strawberry.input(description="The withdrawal of a declared repayment.")
class WithdrawRepaymentDeclarationInput:
    declaration_id: strawberry.ID = strawberry.field(description="The declaration.")
    reason: LongText | None = strawberry.field(default=None, description="Why.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


WithdrawRepaymentDeclarationAnswer = Annotated[
    RepaymentDeclaration | Refusal,
    strawberry.union(
        "WithdrawRepaymentDeclarationAnswer", description="The declaration, or why it was not withdrawn."
    ),
]


@strawberry.type
class WithdrawRepaymentDeclaration:
    @mutation("Takes back a declared repayment before it is confirmed.")
    async def withdraw_repayment_declaration(
        self,
        info: Info,
        input: WithdrawRepaymentDeclarationInput,  # noqa: A002
    ) -> WithdrawRepaymentDeclarationAnswer:
        async def effect(
            session: AsyncSession, given: WithdrawRepaymentDeclarationInput
        ) -> DeclarationOfDomain:
            order = end_repayment_declaration.WithdrawDeclaration(
                parse_id(given.declaration_id, "/declaration_id"), given.reason
            )
            withdrawn = await end_repayment_declaration.withdraw_repayment_declaration(
                session, info.context.caller, order
            )
            return untold(withdrawn)

        done = await perform(info, input, effect, stored_as=StoredDeclaration)
        return done if isinstance(done, Refusal) else RepaymentDeclaration.of(done)
