"""The operator gives up what has not come back."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.clawbacks import Clawback
from services.capital.graphql.clawbacks import StoredClawback, TopUpClawback, without_words
from services.capital.usecases import waive_clawback
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The waiver of what has not come back.")
class WaiveClawbackInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    reason: LongText = strawberry.field(description="Why.")
    waived_on: BusinessDate | None = strawberry.field(default=None, description="When; today by default.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


WaiveClawbackAnswer = Annotated[
    TopUpClawback | Refusal,
    strawberry.union("WaiveClawbackAnswer", description="The clawback as waived, or why it was not."),
]


@strawberry.type
class WaiveClawback:
    @mutation("Gives up what has not come back of a clawback.")
    async def waive_clawback(self, info: Info, input: WaiveClawbackInput) -> WaiveClawbackAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: WaiveClawbackInput) -> Clawback:
            order = waive_clawback.WaiveClawback(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                reason=given.reason,
                waived_on=given.waived_on,
            )
            context = info.context
            done = await waive_clawback.waive_clawback(session, context.caller, order, today=context.today)
            return without_words(done)

        done = await perform(info, input, effect, stored_as=StoredClawback)
        return done if isinstance(done, Refusal) else TopUpClawback.of(done)
