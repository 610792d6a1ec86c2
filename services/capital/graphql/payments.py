"""A payment of several top-ups to one CAE, and its co-funders' parts."""

from datetime import date
from typing import Self
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.capital.domain.payments import Payment
from services.capital.graphql import batches
from services.capital.graphql.funder_parts import FunderPart
from services.capital.graphql.top_ups import TopUp
from services.capital.graphql.words import CaeType, SchemeType, TopUpType
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant

StoredPayment = RootModel[Payment]


@strawberry.type(description="A payment of granted top-ups to one CAE.")
class TopUpPayment:
    id: UUID = strawberry.field(description="Its id.")
    paid_on: date = strawberry.field(description="When the CAE was paid.")
    reference: str = strawberry.field(description="The reference of the payment.")
    total_cents: Cents = strawberry.field(description="The sum of its top-ups.")
    by_funder: list[FunderPart] = strawberry.field(description="Who bears it; adds up to the total.")
    reversed_on: date | None = strawberry.field(
        description="When it came back: its top-ups are to be paid again; null if it did not."
    )
    created_at: Instant = strawberry.field(description="When it was recorded.")
    payment: strawberry.Private[Payment]

    @resolved("The CAE that was paid.")
    def cae(self) -> CaeType:
        from services.capital.graphql.caes import Cae  # noqa: PLC0415 - the types point at each other

        return Cae(siren=self.payment.cae_siren)

    @resolved("The scheme that pays.")
    async def scheme(self, info: Info) -> SchemeType:
        return await batches.scheme_of(info.context, self.payment.scheme_id)

    @resolved("The top-ups that it pays.")
    async def top_ups(self, info: Info) -> list[TopUpType]:
        ids = [line.top_up_id for line in self.payment.lines]
        found = await info.context.load_many(batches.top_ups_by_id, ids)
        return [TopUp.of(top_up) for top_up in found if top_up is not None]

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(
            id=payment.id,
            paid_on=payment.paid_on,
            reference=payment.reference,
            total_cents=Cents(payment.total_cents),
            by_funder=[FunderPart.of(part) for part in payment.by_funder],
            reversed_on=payment.reversal.reversed_on if payment.reversal else None,
            created_at=Instant(payment.created_at),
            payment=payment,
        )
