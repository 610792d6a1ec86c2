"""A dossier follows its borrower to another CAE."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.graphql.inputs import CaeInput
from services.loans.graphql.loans import Loan, StoredLoan, unnamed
from services.loans.usecases import move_loan
from services.runtime.fields import BusinessDate, Reference
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="A move to another CAE.")
class MoveLoanInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    moved_on: BusinessDate = strawberry.field(description="The first day in the new CAE.")
    cae: CaeInput = strawberry.field(description="The new CAE.")
    reference: Reference = strawberry.field(description="Its own reference for the person.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


MoveLoanAnswer = Annotated[
    Loan | Refusal,
    strawberry.union("MoveLoanAnswer", description="The loan, or why it did not move."),
]


@strawberry.type
class MoveLoan:
    @mutation("Lets the dossier follow the borrower to another CAE, which alone reads it from then on.")
    async def move_loan(self, info: Info, input: MoveLoanInput) -> MoveLoanAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: MoveLoanInput) -> LoanOfDomain:
            order = move_loan.MoveLoan(
                loan_id=parse_id(given.loan_id, "/loan_id"),
                moved_on=given.moved_on,
                cae=given.cae.to_cae(),
                reference=given.reference,
            )
            done = await move_loan.move_loan(
                session,
                info.context.caller,
                order,
                today=info.context.today,
                entrepreneur_key=info.context.entrepreneur_key,
            )
            return unnamed(done.loan)

        done = await perform(info, input, effect, stored_as=StoredLoan)
        return done if isinstance(done, Refusal) else Loan.of(done, info.context)
