"""The operator refuses a request."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp as TopUpOfDomain
from services.capital.graphql.top_ups import StoredTopUp, TopUp, without_person
from services.capital.usecases import refuse_top_up
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The refusal of a requested top-up.")
class RefuseTopUpInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    reason: LongText = strawberry.field(description="Why.")
    decided_on: BusinessDate | None = strawberry.field(default=None, description="When; today by default.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


RefuseTopUpAnswer = Annotated[
    TopUp | Refusal,
    strawberry.union("RefuseTopUpAnswer", description="The top-up as refused, or why it could not be."),
]


@strawberry.type
class RefuseTopUp:
    @mutation("Refuses a requested top-up.")
    async def refuse_top_up(self, info: Info, input: RefuseTopUpInput) -> RefuseTopUpAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: RefuseTopUpInput) -> TopUpOfDomain:
            order = refuse_top_up.RefuseTopUp(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                reason=given.reason,
                decided_on=given.decided_on,
            )
            context = info.context
            done = await refuse_top_up.refuse_top_up(session, context.caller, order, today=context.today)
            return without_person(done)

        done = await perform(info, input, effect, stored_as=StoredTopUp)
        return done if isinstance(done, Refusal) else TopUp.of(done)
