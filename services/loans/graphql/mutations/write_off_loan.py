"""What a loan still owes is lost."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.domain.loan import LossCause
from services.loans.graphql.loans import Loan, StoredLoan, unnamed
from services.loans.usecases import write_off_loan
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The loss of what a loan still owes.")
class WriteOffLoanInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    written_off_on: BusinessDate = strawberry.field(description="When.")
    reason: LongText = strawberry.field(description="Why.")
    cause: LossCause = strawberry.field(
        default=LossCause.UNCOLLECTABLE,
        description="DEATH and INSOLVENCY ask for the event to be recorded.",
    )
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


WriteOffLoanAnswer = Annotated[
    Loan | Refusal,
    strawberry.union("WriteOffLoanAnswer", description="The loan, or why it was not written off."),
]


@strawberry.type
class WriteOffLoan:
    @mutation("Writes off what a loan still owes, split over who bears it.")
    async def write_off_loan(self, info: Info, input: WriteOffLoanInput) -> WriteOffLoanAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: WriteOffLoanInput) -> LoanOfDomain:
            order = write_off_loan.WriteOffLoan(
                loan_id=parse_id(given.loan_id, "/loan_id"),
                written_off_on=given.written_off_on,
                reason=given.reason,
                cause=given.cause,
            )
            done = await write_off_loan.write_off_loan(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done)

        done = await perform(info, input, effect, stored_as=StoredLoan)
        return done if isinstance(done, Refusal) else Loan.of(done, info.context)
