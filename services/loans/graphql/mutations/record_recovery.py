"""Money comes after the loss."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Self
from uuid import UUID

import strawberry
from pydantic import RootModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.graphql.loans import Loan, unnamed
from services.loans.usecases import record_recovery
from services.loans.usecases.record_recovery import RecordedRecovery as Recorded
from services.runtime.fields import BusinessDate, Reference
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import Cents, PositiveCentsField, parse_id

Stored = RootModel[Recorded]


@strawberry.type(description="Money that came after a loss.")
class RecordedRecovery:
    id: UUID = strawberry.field(description="The recovery's id.")
    amount_cents: Cents = strawberry.field(description="What came.")
    received_on: date = strawberry.field(description="When it came.")
    loan: Loan = strawberry.field(description="The loan after it.")

    @classmethod
    def of(cls, recorded: Recorded, context: Context) -> Self:
        return cls(
            id=recorded.recovery.id,
            amount_cents=Cents(recorded.recovery.amount_cents),
            received_on=recorded.recovery.received_on,
            loan=Loan.of(recorded.loan, context),
        )


@strawberry.input(description="Money that comes after a loss.")
class RecordRecoveryInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan that was written off.")
    amount_cents: PositiveCentsField = strawberry.field(description="What came; never over what was lost.")
    received_on: BusinessDate = strawberry.field(description="When it came.")
    reference: Reference | None = strawberry.field(default=None, description="The payment's reference.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


RecordRecoveryAnswer = Annotated[
    RecordedRecovery | Refusal,
    strawberry.union("RecordRecoveryAnswer", description="The recovery, or why it was not recorded."),
]


@strawberry.type
class RecordRecovery:
    @mutation("Records money that comes after a loss: it goes back to those who lost.")
    async def record_recovery(self, info: Info, input: RecordRecoveryInput) -> RecordRecoveryAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: RecordRecoveryInput) -> Recorded:
            order = record_recovery.RecordRecovery(
                loan_id=parse_id(given.loan_id, "/loan_id"),
                amount_cents=given.amount_cents,
                received_on=given.received_on,
                reference=given.reference,
            )
            recorded = await record_recovery.record_recovery(
                session, info.context.caller, order, today=info.context.today
            )
            return replace(recorded, loan=unnamed(recorded.loan))

        done = await perform(info, input, effect, stored_as=Stored)
        return done if isinstance(done, Refusal) else RecordedRecovery.of(done, info.context)
