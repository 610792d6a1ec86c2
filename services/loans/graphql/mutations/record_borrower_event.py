"""A death, or an insolvency."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.life.borrower_events import BorrowerEventKind
from services.loans.domain.loan import Loan as LoanOfDomain
from services.loans.graphql.loans import Loan, StoredLoan, unnamed
from services.loans.usecases import record_borrower_event
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="What happened to the borrower.")
class RecordBorrowerEventInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    kind: BorrowerEventKind = strawberry.field(description="DEATH or INSOLVENCY.")
    on: BusinessDate = strawberry.field(description="When it happened.")
    note: LongText = strawberry.field(description="What is known, and from whom.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


RecordBorrowerEventAnswer = Annotated[
    Loan | Refusal,
    strawberry.union("RecordBorrowerEventAnswer", description="The loan, or why the event was not noted."),
]


@strawberry.type
class RecordBorrowerEvent:
    @mutation("Notes the death or the insolvency of the borrower, which closes some ways of the loan.")
    async def record_borrower_event(
        self,
        info: Info,
        input: RecordBorrowerEventInput,  # noqa: A002
    ) -> RecordBorrowerEventAnswer:
        async def effect(session: AsyncSession, given: RecordBorrowerEventInput) -> LoanOfDomain:
            order = record_borrower_event.RecordBorrowerEvent(
                loan_id=parse_id(given.loan_id, "/loan_id"),
                kind=given.kind,
                on=given.on,
                note=given.note,
            )
            done = await record_borrower_event.record_borrower_event(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(done.loan)

        done = await perform(info, input, effect, stored_as=StoredLoan)
        return done if isinstance(done, Refusal) else Loan.of(done, info.context)
