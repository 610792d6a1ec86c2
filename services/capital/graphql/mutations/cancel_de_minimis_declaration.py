"""A declaration of aid is taken back: it stays readable, and counts no more."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.de_minimis import Declaration
from services.capital.graphql.de_minimis import DeMinimisDeclaration, StoredDeclaration
from services.capital.usecases import cancel_de_minimis_declaration
from services.runtime.fields import LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The cancellation of a declaration.")
class CancelDeMinimisDeclarationInput:
    declaration_id: strawberry.ID = strawberry.field(description="The declaration.")
    reason: LongText = strawberry.field(description="Why it counts no more; without a name of a person.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


CancelDeMinimisDeclarationAnswer = Annotated[
    DeMinimisDeclaration | Refusal,
    strawberry.union(
        "CancelDeMinimisDeclarationAnswer",
        description="The declaration as cancelled, or why it could not be.",
    ),
]


@strawberry.type
class CancelDeMinimisDeclaration:
    @mutation("Takes a declaration back: it stays readable, and counts no more.")
    async def cancel_de_minimis_declaration(
        self,
        info: Info,
        input: CancelDeMinimisDeclarationInput,  # noqa: A002
    ) -> CancelDeMinimisDeclarationAnswer:
        async def effect(session: AsyncSession, given: CancelDeMinimisDeclarationInput) -> Declaration:
            order = cancel_de_minimis_declaration.CancelDeMinimisDeclaration(
                declaration_id=parse_id(given.declaration_id, "/declaration_id"), reason=given.reason
            )
            context = info.context
            return await cancel_de_minimis_declaration.cancel_de_minimis_declaration(
                session, context.caller, order, today=context.today
            )

        done = await perform(info, input, effect, stored_as=StoredDeclaration)
        return done if isinstance(done, Refusal) else DeMinimisDeclaration.of(done)
