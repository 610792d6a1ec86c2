"""The operator cancels an unpaid award."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp as TopUpOfDomain
from services.capital.graphql.top_ups import StoredTopUp, TopUp, without_person
from services.capital.usecases import cancel_top_up
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The cancellation of an award that is not paid yet.")
class CancelTopUpInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    reason: LongText = strawberry.field(description="Why.")
    cancelled_on: BusinessDate | None = strawberry.field(default=None, description="When; today by default.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


CancelTopUpAnswer = Annotated[
    TopUp | Refusal,
    strawberry.union("CancelTopUpAnswer", description="The top-up as cancelled, or why it could not be."),
]


@strawberry.type
class CancelTopUp:
    @mutation("Cancels an award that is not paid yet: its room is free again.")
    async def cancel_top_up(self, info: Info, input: CancelTopUpInput) -> CancelTopUpAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: CancelTopUpInput) -> TopUpOfDomain:
            order = cancel_top_up.CancelTopUp(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                reason=given.reason,
                cancelled_on=given.cancelled_on,
            )
            context = info.context
            done = await cancel_top_up.cancel_top_up(session, context.caller, order, today=context.today)
            return without_person(done)

        done = await perform(info, input, effect, stored_as=StoredTopUp)
        return done if isinstance(done, Refusal) else TopUp.of(done)
