"""The operator confirms a proposed clawback."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.clawbacks import Clawback
from services.capital.graphql.clawbacks import StoredClawback, TopUpClawback, without_words
from services.capital.usecases import confirm_clawback
from services.runtime.fields import BusinessDate
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField, parse_id


@strawberry.input(description="The confirmation of a proposed clawback.")
class ConfirmClawbackInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    amount_cents: PositiveCentsField | None = strawberry.field(
        default=None, description="What the CAE owes; what was proposed by default."
    )
    confirmed_on: BusinessDate | None = strawberry.field(default=None, description="When; today by default.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


ConfirmClawbackAnswer = Annotated[
    TopUpClawback | Refusal,
    strawberry.union("ConfirmClawbackAnswer", description="The clawback as confirmed, or why it was not."),
]


@strawberry.type
class ConfirmClawback:
    @mutation("Confirms a proposed clawback: the CAE owes it.")
    async def confirm_clawback(self, info: Info, input: ConfirmClawbackInput) -> ConfirmClawbackAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: ConfirmClawbackInput) -> Clawback:
            order = confirm_clawback.ConfirmClawback(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                amount_cents=given.amount_cents,
                confirmed_on=given.confirmed_on,
            )
            context = info.context
            done = await confirm_clawback.confirm_clawback(
                session, context.caller, order, today=context.today
            )
            return without_words(done)

        done = await perform(info, input, effect, stored_as=StoredClawback)
        return done if isinstance(done, Refusal) else TopUpClawback.of(done)
