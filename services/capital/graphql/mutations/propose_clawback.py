"""The operator proposes to take a paid award back."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.clawbacks import Clawback
from services.capital.graphql.clawbacks import StoredClawback, TopUpClawback, without_words
from services.capital.usecases import propose_clawback
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField, parse_id


@strawberry.input(description="A proposal to take a paid award back.")
class ProposeClawbackInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    reason: LongText = strawberry.field(description="Why.")
    amount_cents: PositiveCentsField | None = strawberry.field(
        default=None, description="What is asked; what the version's rule gives by default."
    )
    proposed_on: BusinessDate | None = strawberry.field(default=None, description="When; today by default.")
    stayed_until: BusinessDate | None = strawberry.field(
        default=None, description="The day the person left; that of the proposal by default."
    )
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


ProposeClawbackAnswer = Annotated[
    TopUpClawback | Refusal,
    strawberry.union("ProposeClawbackAnswer", description="The clawback, or why it was not proposed."),
]


@strawberry.type
class ProposeClawback:
    @mutation("Proposes to take a paid award back: computed by its version's rule, and explained.")
    async def propose_clawback(self, info: Info, input: ProposeClawbackInput) -> ProposeClawbackAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: ProposeClawbackInput) -> Clawback:
            order = propose_clawback.ProposeClawback(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                reason=given.reason,
                amount_cents=given.amount_cents,
                proposed_on=given.proposed_on,
                stayed_until=given.stayed_until,
            )
            context = info.context
            done = await propose_clawback.propose_clawback(
                session, context.caller, order, today=context.today
            )
            return without_words(done)

        done = await perform(info, input, effect, stored_as=StoredClawback)
        return done if isinstance(done, Refusal) else TopUpClawback.of(done)
