"""A CAE, or an operator for it, gives up a request."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp as TopUpOfDomain
from services.capital.graphql.top_ups import StoredTopUp, TopUp, without_person
from services.capital.usecases import withdraw_top_up
from services.runtime.fields import LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The withdrawal of a request that is not decided yet.")
class WithdrawTopUpInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    reason: LongText | None = strawberry.field(default=None, description="Why.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


WithdrawTopUpAnswer = Annotated[
    TopUp | Refusal,
    strawberry.union("WithdrawTopUpAnswer", description="The top-up as withdrawn, or why it could not be."),
]


@strawberry.type
class WithdrawTopUp:
    @mutation("Gives up a request that is not decided yet.")
    async def withdraw_top_up(self, info: Info, input: WithdrawTopUpInput) -> WithdrawTopUpAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: WithdrawTopUpInput) -> TopUpOfDomain:
            order = withdraw_top_up.WithdrawTopUp(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                reason=given.reason,
            )
            context = info.context
            done = await withdraw_top_up.withdraw_top_up(session, context.caller, order, today=context.today)
            return without_person(done)

        done = await perform(info, input, effect, stored_as=StoredTopUp)
        return done if isinstance(done, Refusal) else TopUp.of(done)
