"""What became of a loan: instalments, repayments, tranches, schedules, stays and events. No free text."""

from collections.abc import Callable, Iterable
from datetime import date
from operator import attrgetter
from typing import Self
from uuid import UUID

import strawberry

from services.loans.domain.life.borrower_events import BorrowerEvent, BorrowerEventKind
from services.loans.domain.life.facts import Tranche
from services.loans.domain.life.stays import CaeStay, StayEnd
from services.loans.domain.life.versions import ScheduleCause
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.repayment import Repayment as RepaymentOfDomain
from services.loans.domain.schedule import Allocation, Instalment, paid_of
from services.loans.graphql import batches
from services.loans.graphql.words import CaeType
from services.loans.usecases.read_loan_life import PaidVersion
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents

KeptInstalment = tuple[int, date, int, int]
"""Its rank, its day, its amount and that of all until it, in cents: as its row has them."""

AS_KEPT: Callable[[Instalment], KeptInstalment] = attrgetter(
    "rank", "due_on", "amount_cents", "cumulative_cents"
)


@strawberry.type(description="One monthly instalment, and what is paid of it.")
class LoanInstalment:
    rank: int = strawberry.field(description="Its place in the schedule, from 1.")
    due_on: date = strawberry.field(description="When it falls due, counted from the disbursement.")
    amount_cents: Cents = strawberry.field(description="What is due that day.")
    paid_cents: Cents = strawberry.field(description="What is paid of it; the oldest are paid first.")

    @classmethod
    def listed(cls, schedule: Iterable[KeptInstalment], received_cents: int) -> "list[LoanInstalment]":
        return [
            cls(
                rank=rank,
                due_on=due_on,
                amount_cents=Cents(amount_cents),
                paid_cents=Cents(paid_of(amount_cents, cumulative_cents, received_cents)),
            )
            for rank, due_on, amount_cents, cumulative_cents in schedule
        ]


@strawberry.type(description="What a repayment pays of one instalment.")
class RepaymentAllocation:
    rank: int = strawberry.field(description="The instalment's place in the schedule.")
    amount_cents: Cents = strawberry.field(description="What goes to it.")

    @classmethod
    def listed(cls, parts: Iterable[Allocation]) -> "list[RepaymentAllocation]":
        return [cls(rank=part.rank, amount_cents=Cents(part.amount_cents)) for part in parts]


@strawberry.type(description="A repayment as recorded. One that bounced stays, with the day it came back.")
class LoanRepayment:
    id: UUID = strawberry.field(description="Its id.")
    amount_cents: Cents = strawberry.field(description="What was paid.")
    paid_on: date = strawberry.field(description="When it was paid.")
    method: PaymentMethod = strawberry.field(description="How it came.")
    early: EarlyMode | None = strawberry.field(description="How it was asked for as an early one.")
    reversed_on: date | None = strawberry.field(description="When it came back; null for one that stands.")
    loan_id: strawberry.Private[UUID]

    @resolved("The instalments that it covers, all facts known so far taken in date order.")
    async def allocations(self, info: Info) -> list[RepaymentAllocation] | None:
        found = await info.context.load(batches.allocations_of_loans, self.loan_id)
        return RepaymentAllocation.listed((found or {}).get(self.id, ()))

    @classmethod
    def of(cls, repayment: RepaymentOfDomain, loan_id: UUID) -> Self:
        return cls(
            id=repayment.id,
            amount_cents=Cents(repayment.amount_cents),
            paid_on=repayment.paid_on,
            method=repayment.method,
            early=repayment.early,
            reversed_on=repayment.reversed_on,
            loan_id=loan_id,
        )


@strawberry.type(description="A part of a loan that left the fund.")
class LoanTranche:
    id: UUID = strawberry.field(description="Its id.")
    amount_cents: Cents = strawberry.field(description="What left.")
    disbursed_on: date = strawberry.field(description="When it left.")

    @classmethod
    def of(cls, tranche: Tranche) -> Self:
        return cls(id=tranche.id, amount_cents=Cents(tranche.amount_cents), disbursed_on=tranche.disbursed_on)


@strawberry.type(description="A CAE that hosted the borrower, and when.")
class LoanCaeStay:
    cae_name: str = strawberry.field(description="Its name in this dossier.")
    from_on: date = strawberry.field(description="The first day.")
    until_on: date | None = strawberry.field(description="The first day on which it no longer did.")
    ended_by: StayEnd | None = strawberry.field(description="How it ended.")
    stay: strawberry.Private[CaeStay]

    @resolved("The CAE.")
    def cae(self) -> CaeType:
        from services.loans.graphql.caes import Cae  # noqa: PLC0415 - the types point at each other

        return Cae(siren=self.stay.cae.siren)

    @classmethod
    def of(cls, stay: CaeStay) -> Self:
        return cls(
            cae_name=stay.cae.name,
            from_on=stay.from_on,
            until_on=stay.until_on,
            ended_by=stay.ended_by,
            stay=stay,
        )


@strawberry.type(description="A death, or an insolvency.")
class LoanBorrowerEvent:
    id: UUID = strawberry.field(description="Its id.")
    kind: BorrowerEventKind = strawberry.field(description="Which.")
    on: date = strawberry.field(description="When it happened.")

    @classmethod
    def of(cls, event: BorrowerEvent) -> Self:
        return cls(id=event.id, kind=event.kind, on=event.on)


@strawberry.type(description="A schedule that the loan has, or has had.")
class LoanScheduleVersion:
    version: int = strawberry.field(description="From 1, by the dates: a late fact takes its place.")
    effective_on: date = strawberry.field(description="The day from which it held.")
    until_on: date | None = strawberry.field(description="The first day on which the next one did.")
    cause: ScheduleCause = strawberry.field(description="What made it.")
    fact_id: UUID | None = strawberry.field(description="The change or the repayment that made it.")
    instalments: list[LoanInstalment] = strawberry.field(
        description="They add up to the principal; paid as of the last day on which it held."
    )

    @classmethod
    def of(cls, paid: PaidVersion) -> Self:
        version = paid.version
        return cls(
            version=version.version,
            effective_on=version.effective_on,
            until_on=paid.until_on,
            cause=version.cause,
            fact_id=version.fact_id,
            instalments=LoanInstalment.listed(map(AS_KEPT, version.schedule), paid.received_cents),
        )
