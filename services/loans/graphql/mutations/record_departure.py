"""The borrower leaves the CAE; the loan goes on."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.graphql.loans import Loan, StoredLoan, unnamed
from services.loans.usecases import move_loan
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="A departure from the CAE.")
class RecordDepartureInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    left_on: BusinessDate = strawberry.field(
        description="The first day on which the CAE no longer hosts the person."
    )
    reason: LongText | None = strawberry.field(default=None, description="Why.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


RecordDepartureAnswer = Annotated[
    Loan | Refusal,
    strawberry.union("RecordDepartureAnswer", description="The loan, or why the departure was not noted."),
]


@strawberry.type
class RecordDeparture:
    @mutation("Notes that the borrower left the CAE: the loan goes on, the exposure of the CAE drops.")
    async def record_departure(self, info: Info, input: RecordDepartureInput) -> RecordDepartureAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: RecordDepartureInput) -> LoanOfDomain:
            order = move_loan.RecordDeparture(
                loan_id=parse_id(given.loan_id, "/loan_id"),
                left_on=given.left_on,
                reason=given.reason,
            )
            done = await move_loan.record_departure(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done.loan)

        done = await perform(info, input, effect, stored_as=StoredLoan)
        return done if isinstance(done, Refusal) else Loan.of(done, info.context)
