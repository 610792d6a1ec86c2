"""The operator takes back a proposal made by mistake."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.clawbacks import Clawback
from services.capital.graphql.clawbacks import StoredClawback, TopUpClawback, without_words
from services.capital.usecases import withdraw_clawback
from services.runtime.fields import LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The withdrawal of a proposal made by mistake.")
class WithdrawClawbackInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    reason: LongText = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


WithdrawClawbackAnswer = Annotated[
    TopUpClawback | Refusal,
    strawberry.union("WithdrawClawbackAnswer", description="The clawback as withdrawn, or why it was not."),
]


@strawberry.type
class WithdrawClawback:
    @mutation("Takes back a proposal made by mistake: the top-up is paid again.")
    async def withdraw_clawback(self, info: Info, input: WithdrawClawbackInput) -> WithdrawClawbackAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: WithdrawClawbackInput) -> Clawback:
            order = withdraw_clawback.WithdrawClawback(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                reason=given.reason,
            )
            context = info.context
            done = await withdraw_clawback.withdraw_clawback(
                session, context.caller, order, today=context.today
            )
            return without_words(done)

        done = await perform(info, input, effect, stored_as=StoredClawback)
        return done if isinstance(done, Refusal) else TopUpClawback.of(done)
