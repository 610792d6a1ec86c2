"""The whole debt is due, after a formal notice."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.life.changes import ChangeOrder
from services.loans.domain.life.facts import ChangeKind
from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.graphql.loans import Loan, StoredLoan, unnamed
from services.loans.usecases import rearrange_schedule
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The call of the whole debt.")
class AccelerateLoanInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    noticed_on: BusinessDate = strawberry.field(description="The day of the formal notice.")
    accelerated_on: BusinessDate | None = strawberry.field(
        default=None, description="From when all is due; by default that same day."
    )
    reason: LongText = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


AccelerateLoanAnswer = Annotated[
    Loan | Refusal,
    strawberry.union("AccelerateLoanAnswer", description="The loan, or why it was not called in."),
]


@strawberry.type
class AccelerateLoan:
    @mutation("Makes the whole debt due, after a formal notice.")
    async def accelerate_loan(self, info: Info, input: AccelerateLoanInput) -> AccelerateLoanAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: AccelerateLoanInput) -> LoanOfDomain:
            order = rearrange_schedule.RearrangeSchedule(
                parse_id(given.loan_id, "/loan_id"),
                ChangeOrder(
                    ChangeKind.ACCELERATION,
                    given.accelerated_on or given.noticed_on,
                    given.reason,
                    noticed_on=given.noticed_on,
                ),
            )
            done = await rearrange_schedule.rearrange_schedule(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done.file.loan)

        done = await perform(info, input, effect, stored_as=StoredLoan)
        return done if isinstance(done, Refusal) else Loan.of(done, info.context)
