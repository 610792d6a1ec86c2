"""Money comes back from a borrower."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Self
from uuid import UUID

import strawberry
from pydantic import RootModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.life.movements import Payment
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.graphql.loan_life import RepaymentAllocation
from services.loans.graphql.loans import Loan, unnamed
from services.loans.usecases import record_repayment
from services.loans.usecases.record_repayment import RecordedRepayment as Recorded
from services.runtime.fields import BusinessDate, Reference
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import Cents, PositiveCentsField, parse_id

Stored = RootModel[Recorded]


@strawberry.type(description="A repayment once recorded.")
class RecordedRepayment:
    id: UUID = strawberry.field(description="The repayment's id.")
    amount_cents: Cents = strawberry.field(description="What was paid.")
    paid_on: date = strawberry.field(description="When it was paid.")
    method: PaymentMethod = strawberry.field(description="How it came.")
    early: EarlyMode | None = strawberry.field(description="How it was asked for as an early one.")
    allocations: list[RepaymentAllocation] = strawberry.field(
        description="The instalments that it covers, all facts known so far taken in date order."
    )
    loan: Loan = strawberry.field(description="The loan after it.")

    @classmethod
    def of(cls, recorded: Recorded, context: Context) -> Self:
        return cls(
            id=recorded.repayment.id,
            amount_cents=Cents(recorded.repayment.amount_cents),
            paid_on=recorded.repayment.paid_on,
            method=recorded.repayment.method,
            early=recorded.repayment.early,
            allocations=RepaymentAllocation.listed(recorded.allocations),
            loan=Loan.of(recorded.loan, context),
        )


@strawberry.input(description="A repayment. It goes to the oldest unpaid instalments first.")
class RecordRepaymentInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    amount_cents: PositiveCentsField = strawberry.field(description="What was paid; never over what is owed.")
    paid_on: BusinessDate = strawberry.field(description="When it was paid; it may be long ago.")
    method: PaymentMethod = strawberry.field(description="How it came.")
    reference: Reference | None = strawberry.field(default=None, description="The payment's reference.")
    early: EarlyMode | None = strawberry.field(
        default=None,
        description="For an early repayment; paying ahead is not one.",
    )
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


RecordRepaymentAnswer = Annotated[
    RecordedRepayment | Refusal,
    strawberry.union("RecordRepaymentAnswer", description="The repayment, or why it was not recorded."),
]


@strawberry.type
class RecordRepayment:
    @mutation("Records a repayment; more than what is owed is refused, and the facts say how much that is.")
    async def record_repayment(self, info: Info, input: RecordRepaymentInput) -> RecordRepaymentAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: RecordRepaymentInput) -> Recorded:
            order = record_repayment.RecordRepayment(
                loan_id=parse_id(given.loan_id, "/loan_id"),
                payment=Payment(
                    given.amount_cents, given.paid_on, given.method, given.reference, given.early
                ),
            )
            recorded = await record_repayment.record_repayment(
                session, info.context.caller, order, today=info.context.today
            )
            return replace(recorded, loan=unnamed(recorded.loan))

        done = await perform(info, input, effect, stored_as=Stored)
        return done if isinstance(done, Refusal) else RecordedRepayment.of(done, info.context)
