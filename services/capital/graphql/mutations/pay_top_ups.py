"""The operator records a payment to one CAE for several granted top-ups."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.payments import Payment
from services.capital.graphql.payments import StoredPayment, TopUpPayment
from services.capital.usecases import pay_top_ups
from services.runtime.fields import BusinessDate, Reference, SirenField
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="A payment of granted top-ups to one CAE.")
class PayTopUpsInput:
    scheme_id: strawberry.ID = strawberry.field(description="The scheme that pays.")
    cae: SirenField = strawberry.field(description="The SIREN of the CAE that is paid.")
    top_up_ids: list[strawberry.ID] = strawberry.field(description="The top-ups that are paid, each once.")
    paid_on: BusinessDate = strawberry.field(description="When the CAE was paid.")
    reference: Reference = strawberry.field(description="The reference of the payment.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


PayTopUpsAnswer = Annotated[
    TopUpPayment | Refusal,
    strawberry.union("PayTopUpsAnswer", description="The payment, or why it was not recorded."),
]


@strawberry.type
class PayTopUps:
    @mutation("Records a payment to one CAE, split over the co-funders to the cent.")
    async def pay_top_ups(self, info: Info, input: PayTopUpsInput) -> PayTopUpsAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: PayTopUpsInput) -> Payment:
            order = pay_top_ups.PayTopUps(
                scheme_id=parse_id(given.scheme_id, "/scheme_id"),
                cae_siren=given.cae,
                top_up_ids=[
                    parse_id(id_, f"/top_up_ids/{rank}") for rank, id_ in enumerate(given.top_up_ids)
                ],
                paid_on=given.paid_on,
                reference=given.reference,
            )
            return await pay_top_ups.pay_top_ups(
                session, info.context.caller, order, today=info.context.today
            )

        done = await perform(info, input, effect, stored_as=StoredPayment)
        return done if isinstance(done, Refusal) else TopUpPayment.of(done)
