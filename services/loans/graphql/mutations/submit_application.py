"""A CAE, or an operator for it, submits the application of one of its entrepreneurs."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.domain.terms import Terms
from services.loans.graphql.applications import LoanApplication, StoredApplication, unnamed
from services.loans.graphql.inputs import BankInput, CaeInput, EntrepreneurInput, GraceMonths, Months
from services.loans.usecases import submit_application
from services.runtime.fields import BusinessDate, LongText, Reference
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField, parse_id


@strawberry.input(description="An application to a fund.")
class SubmitApplicationInput:
    fund_id: strawberry.ID = strawberry.field(description="The fund.")
    cae: CaeInput = strawberry.field(description="The applicant's CAE.")
    entrepreneur: EntrepreneurInput = strawberry.field(description="The applicant.")
    amount_cents: PositiveCentsField = strawberry.field(description="The amount asked.")
    months: Months = strawberry.field(description="The duration asked.")
    purpose: LongText = strawberry.field(description="What the money is for.")
    grace_months: GraceMonths = strawberry.field(default=0, description="Months before the first instalment.")
    number: Reference | None = strawberry.field(
        default=None, description="The dossier's number, if it has one."
    )
    bank: BankInput | None = strawberry.field(default=None, description="Where the loan is to be paid.")
    submitted_on: BusinessDate | None = strawberry.field(default=None, description="What the paper says.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


SubmitApplicationAnswer = Annotated[
    LoanApplication | Refusal,
    strawberry.union("SubmitApplicationAnswer", description="The application, or why it was not taken."),
]


@strawberry.type
class SubmitApplication:
    @mutation("Submits an application: what the committee would refuse anyway is refused here.")
    async def submit_application(
        self,
        info: Info,
        input: SubmitApplicationInput,  # noqa: A002
    ) -> SubmitApplicationAnswer:
        async def effect(session: AsyncSession, given: SubmitApplicationInput) -> Application:
            order = submit_application.SubmitApplication(
                fund_id=parse_id(given.fund_id, "/fund_id"),
                cae=given.cae.to_cae(),
                person=given.entrepreneur.to_person(),
                asked=Terms(given.amount_cents, given.months, given.grace_months),
                purpose=given.purpose,
                number=given.number,
                bank=given.bank.to_account() if given.bank else None,
                submitted_on=given.submitted_on,
            )
            context = info.context
            submitted = await submit_application.submit_application(
                session, context.caller, order, today=context.today, entrepreneur_key=context.entrepreneur_key
            )
            return unnamed(submitted)

        done = await perform(info, input, effect, stored_as=StoredApplication)
        return done if isinstance(done, Refusal) else LoanApplication.of(done)
