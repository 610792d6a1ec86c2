"""The operator reverses a payment that came back."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.payments import Payment
from services.capital.graphql.payments import StoredPayment, TopUpPayment
from services.capital.usecases import reverse_payment
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The reversal of a payment that came back.")
class ReversePaymentInput:
    payment_id: strawberry.ID = strawberry.field(description="The payment.")
    reversed_on: BusinessDate = strawberry.field(description="When it came back.")
    reason: LongText = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


ReversePaymentAnswer = Annotated[
    TopUpPayment | Refusal,
    strawberry.union("ReversePaymentAnswer", description="The payment as reversed, or why it could not be."),
]


@strawberry.type
class ReversePayment:
    @mutation("Reverses a payment that came back: its top-ups are to be paid again.")
    async def reverse_payment(self, info: Info, input: ReversePaymentInput) -> ReversePaymentAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: ReversePaymentInput) -> Payment:
            order = reverse_payment.ReversePayment(
                payment_id=parse_id(given.payment_id, "/payment_id"),
                reversed_on=given.reversed_on,
                reason=given.reason,
            )
            context = info.context
            return await reverse_payment.reverse_payment(session, context.caller, order, today=context.today)

        done = await perform(info, input, effect, stored_as=StoredPayment)
        return done if isinstance(done, Refusal) else TopUpPayment.of(done)
