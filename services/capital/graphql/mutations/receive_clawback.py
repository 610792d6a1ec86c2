"""The operator records what a CAE gave back."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.clawbacks import Clawback
from services.capital.graphql.clawbacks import StoredClawback, TopUpClawback, without_words
from services.capital.usecases import receive_clawback
from services.runtime.fields import BusinessDate, Reference
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField, parse_id


@strawberry.input(description="Money that came back from the CAE.")
class ReceiveClawbackInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    amount_cents: PositiveCentsField = strawberry.field(description="What came back.")
    received_on: BusinessDate = strawberry.field(description="When it was received.")
    reference: Reference = strawberry.field(description="The reference of the transfer.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


ReceiveClawbackAnswer = Annotated[
    TopUpClawback | Refusal,
    strawberry.union(
        "ReceiveClawbackAnswer", description="The clawback with what came back, or why it was not recorded."
    ),
]


@strawberry.type
class ReceiveClawback:
    @mutation("Records what came back: it returns to the co-funders, and its room is free again.")
    async def receive_clawback(self, info: Info, input: ReceiveClawbackInput) -> ReceiveClawbackAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: ReceiveClawbackInput) -> Clawback:
            order = receive_clawback.ReceiveClawback(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                amount_cents=given.amount_cents,
                received_on=given.received_on,
                reference=given.reference,
            )
            context = info.context
            done = await receive_clawback.receive_clawback(
                session, context.caller, order, today=context.today
            )
            return without_words(done)

        done = await perform(info, input, effect, stored_as=StoredClawback)
        return done if isinstance(done, Refusal) else TopUpClawback.of(done)
