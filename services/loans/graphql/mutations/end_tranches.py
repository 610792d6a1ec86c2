"""What has not left of a loan never will."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.graphql.loans import Loan, StoredLoan, unnamed
from services.loans.usecases import pay_tranche
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The end of a loan's tranches.")
class EndTranchesInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    ended_on: BusinessDate = strawberry.field(description="From when nothing more will be paid.")
    reason: LongText = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


EndTranchesAnswer = Annotated[
    Loan | Refusal,
    strawberry.union("EndTranchesAnswer", description="The loan, or why its tranches did not end."),
]


@strawberry.type
class EndTranches:
    @mutation("Says that the rest of a loan will not be paid: its schedule starts at the last tranche.")
    async def end_tranches(self, info: Info, input: EndTranchesInput) -> EndTranchesAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: EndTranchesInput) -> LoanOfDomain:
            order = pay_tranche.EndTranches(
                loan_id=parse_id(given.loan_id, "/loan_id"),
                ended_on=given.ended_on,
                reason=given.reason,
            )
            done = await pay_tranche.end_tranches(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done.loan)

        done = await perform(info, input, effect, stored_as=StoredLoan)
        return done if isinstance(done, Refusal) else Loan.of(done, info.context)
