"""Another number of instalments, or a pause."""

from typing import Annotated

import strawberry
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
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

ChangeMonths = Annotated[int, Field(ge=1, le=120)]


@strawberry.input(description="A change of schedule: exactly one of `months` and `suspendMonths`.")
class RescheduleLoanInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    from_: BusinessDate = strawberry.field(name="from", description="The day from which it holds.")
    months: ChangeMonths | None = strawberry.field(
        default=None, description="In how many instalments all that is unpaid goes."
    )
    suspend_months: ChangeMonths | None = strawberry.field(
        default=None, description="By how many months every unpaid due date moves."
    )
    plan: bool = strawberry.field(
        default=False, description="Whether a court or a commission set it: the only way after an insolvency."
    )
    reason: LongText = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


RescheduleLoanAnswer = Annotated[
    Loan | Refusal,
    strawberry.union(
        "RescheduleLoanAnswer", description="The loan with its new schedule, or why it was not changed."
    ),
]


@strawberry.type
class RescheduleLoan:
    @mutation("Reschedules a loan, or suspends its instalments: a new version of its schedule.")
    async def reschedule_loan(self, info: Info, input: RescheduleLoanInput) -> RescheduleLoanAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: RescheduleLoanInput) -> LoanOfDomain:
            if (given.months is None) == (given.suspend_months is None):
                raise InvalidInput(
                    "/months",
                    Text(
                        "donnez soit months, soit suspendMonths",
                        "give either months or suspendMonths",
                    ),
                )
            order = rearrange_schedule.RearrangeSchedule(
                parse_id(given.loan_id, "/loan_id"),
                ChangeOrder(
                    ChangeKind.SUSPENSION if given.months is None else ChangeKind.RESCHEDULING,
                    given.from_,
                    given.reason,
                    given.months or given.suspend_months,
                    is_plan=given.plan,
                ),
            )
            done = await rearrange_schedule.rearrange_schedule(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done.file.loan)

        done = await perform(info, input, effect, stored_as=StoredLoan)
        return done if isinstance(done, Refusal) else Loan.of(done, info.context)
