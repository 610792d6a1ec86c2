"""A CAE says that it collected a repayment."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.life.movements import Payment
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.repayment_declaration import RepaymentDeclaration as DeclarationOfDomain
from services.loans.graphql.repayment_declarations import RepaymentDeclaration, StoredDeclaration, untold
from services.loans.usecases import declare_repayment
from services.runtime.fields import BusinessDate, Reference
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField, parse_id


@strawberry.input(description="A repayment that the CAE collected.")
class DeclareRepaymentInput:
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


DeclareRepaymentAnswer = Annotated[
    RepaymentDeclaration | Refusal,
    strawberry.union("DeclareRepaymentAnswer", description="The declaration, or why it was not taken."),
]


@strawberry.type
class DeclareRepayment:
    @mutation("Declares a repayment that the CAE collected; it counts once the operator confirms it.")
    async def declare_repayment(
        self,
        info: Info,
        input: DeclareRepaymentInput,  # noqa: A002
    ) -> DeclareRepaymentAnswer:
        async def effect(session: AsyncSession, given: DeclareRepaymentInput) -> DeclarationOfDomain:
            order = declare_repayment.DeclareRepayment(
                loan_id=parse_id(given.loan_id, "/loan_id"),
                payment=Payment(
                    given.amount_cents, given.paid_on, given.method, given.reference, given.early
                ),
            )
            declared = await declare_repayment.declare_repayment(
                session, info.context.caller, order, today=info.context.today
            )
            return untold(declared)

        done = await perform(info, input, effect, stored_as=StoredDeclaration)
        return done if isinstance(done, Refusal) else RepaymentDeclaration.of(done)
