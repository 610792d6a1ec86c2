"""A payment came back."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Self
from uuid import UUID

import strawberry
from pydantic import RootModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.repayment import Repayment
from services.loans.graphql.loans import Loan, unnamed
from services.loans.usecases import reverse_repayment
from services.loans.usecases.reverse_repayment import ReversedRepayment as Reversed
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import Cents, parse_id

Stored = RootModel[Reversed]


@strawberry.type(description="A repayment that came back.")
class ReversedRepayment:
    id: UUID = strawberry.field(description="The reversal's id.")
    repayment_id: UUID = strawberry.field(description="The repayment's id.")
    amount_cents: Cents = strawberry.field(description="What is owed again.")
    reversed_on: date = strawberry.field(description="When it came back.")
    loan: Loan = strawberry.field(description="The loan after it.")

    @classmethod
    def of(cls, done: Reversed, context: Context) -> Self:
        repayment, reversal = done.repayment, done.repayment.reversal
        if reversal is None:
            raise RuntimeError(f"repayment {repayment.id} was reversed without a reversal")
        return cls(
            id=reversal.id,
            repayment_id=repayment.id,
            amount_cents=Cents(repayment.amount_cents),
            reversed_on=reversal.reversed_on,
            loan=Loan.of(done.loan, context),
        )


@strawberry.input(description="The reversal of a repayment that bounced.")
class ReverseRepaymentInput:
    repayment_id: strawberry.ID = strawberry.field(description="The repayment.")
    reversed_on: BusinessDate = strawberry.field(description="When it came back.")
    reason: LongText = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


ReverseRepaymentAnswer = Annotated[
    ReversedRepayment | Refusal,
    strawberry.union("ReverseRepaymentAnswer", description="The reversal, or why it was not recorded."),
]


@strawberry.type
class ReverseRepayment:
    @mutation("Reverses a repayment by a new linked entry; the repayment itself stays.")
    async def reverse_repayment(
        self,
        info: Info,
        input: ReverseRepaymentInput,  # noqa: A002
    ) -> ReverseRepaymentAnswer:
        async def effect(session: AsyncSession, given: ReverseRepaymentInput) -> Reversed:
            order = reverse_repayment.ReverseRepayment(
                repayment_id=parse_id(given.repayment_id, "/repayment_id"),
                reversed_on=given.reversed_on,
                reason=given.reason,
            )
            done = await reverse_repayment.reverse_repayment(
                session, info.context.caller, order, today=info.context.today
            )
            return replace(done, repayment=_without_reason(done.repayment), loan=unnamed(done.loan))

        done = await perform(info, input, effect, stored_as=Stored)
        return done if isinstance(done, Refusal) else ReversedRepayment.of(done, info.context)


def _without_reason(repayment: Repayment) -> Repayment:
    if repayment.reversal is None:
        return repayment
    return replace(repayment, reversal=replace(repayment.reversal, reason=""))
