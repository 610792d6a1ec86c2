"""A further part of a loan leaves the fund."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.graphql.loans import Loan, StoredLoan, unnamed
from services.loans.usecases import pay_tranche
from services.runtime.fields import BusinessDate, Reference
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField, parse_id


@strawberry.input(description="A tranche of a loan.")
class PayTrancheInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    amount_cents: PositiveCentsField = strawberry.field(description="What leaves; never over what is left.")
    disbursed_on: BusinessDate = strawberry.field(description="When the money left.")
    reference: Reference | None = strawberry.field(default=None, description="The reference of the payment.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


PayTrancheAnswer = Annotated[
    Loan | Refusal,
    strawberry.union("PayTrancheAnswer", description="The loan, or why the tranche was not paid."),
]


@strawberry.type
class PayTranche:
    @mutation("Pays a further tranche out; the last one starts the schedule.")
    async def pay_tranche(self, info: Info, input: PayTrancheInput) -> PayTrancheAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: PayTrancheInput) -> LoanOfDomain:
            order = pay_tranche.PayTranche(
                loan_id=parse_id(given.loan_id, "/loan_id"),
                amount_cents=given.amount_cents,
                disbursed_on=given.disbursed_on,
                reference=given.reference,
            )
            done = await pay_tranche.pay_tranche(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done.loan)

        done = await perform(info, input, effect, stored_as=StoredLoan)
        return done if isinstance(done, Refusal) else Loan.of(done, info.context)
