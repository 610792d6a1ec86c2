"""The money leaves, and the loan begins."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.graphql.loans import Loan, StoredLoan, unnamed
from services.loans.usecases import disburse_loan
from services.runtime.fields import BusinessDate, Reference
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField, parse_id


@strawberry.input(description="The payment of a signed application.")
class DisburseLoanInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    disbursed_on: BusinessDate = strawberry.field(description="When the money left.")
    reference: Reference | None = strawberry.field(default=None, description="The reference of the payment.")
    amount_cents: PositiveCentsField | None = strawberry.field(
        default=None, description="A first tranche, less than what is granted; all of it by default."
    )
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


DisburseLoanAnswer = Annotated[
    Loan | Refusal,
    strawberry.union("DisburseLoanAnswer", description="The loan, or why it was not disbursed."),
]


@strawberry.type
class DisburseLoan:
    @mutation("Disburses a signed application: the loan, its schedule and its funders' shares.")
    async def disburse_loan(self, info: Info, input: DisburseLoanInput) -> DisburseLoanAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: DisburseLoanInput) -> LoanOfDomain:
            order = disburse_loan.DisburseLoan(
                application_id=parse_id(given.application_id, "/application_id"),
                disbursed_on=given.disbursed_on,
                reference=given.reference,
                amount_cents=given.amount_cents,
            )
            done = await disburse_loan.disburse_loan(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done)

        done = await perform(info, input, effect, stored_as=StoredLoan)
        return done if isinstance(done, Refusal) else Loan.of(done, info.context)
