"""What a CAE declares as repaid."""

from dataclasses import replace
from datetime import date
from typing import Self
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.repayment_declaration import DeclarationStatus
from services.loans.domain.repayment_declaration import RepaymentDeclaration as DeclarationOfDomain
from services.loans.graphql import batches
from services.loans.graphql.loans import Loan
from services.loans.graphql.words import LoanType
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant

StoredDeclaration = RootModel[DeclarationOfDomain]


def untold(declaration: DeclarationOfDomain) -> DeclarationOfDomain:
    """Without its free texts, which the graph neither shows nor keeps."""
    payment = replace(declaration.payment, reference=None)
    return replace(declaration, payment=payment, ended_reason=None)


@strawberry.type(description="A repayment as its CAE declared it. It counts once the operator confirms it.")
class RepaymentDeclaration:
    id: UUID = strawberry.field(description="Its id.")
    status: DeclarationStatus = strawberry.field(description="Where it stands.")
    amount_cents: Cents = strawberry.field(description="What the CAE collected.")
    paid_on: date = strawberry.field(description="When it was paid.")
    method: PaymentMethod = strawberry.field(description="How it came.")
    early: EarlyMode | None = strawberry.field(description="How it was asked for as an early one.")
    repayment_id: UUID | None = strawberry.field(description="The repayment that its confirmation recorded.")
    ended_at: Instant | None = strawberry.field(description="When it was confirmed, rejected or withdrawn.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    loan_id: strawberry.Private[UUID]

    @resolved("The loan.")
    async def loan(self, info: Info) -> LoanType | None:
        found = await info.context.load(batches.loans_by_id, self.loan_id)
        return Loan.of(found, info.context) if found else None

    @classmethod
    def of(cls, declaration: DeclarationOfDomain) -> Self:
        return cls(
            id=declaration.id,
            status=declaration.status,
            amount_cents=Cents(declaration.payment.amount_cents),
            paid_on=declaration.payment.paid_on,
            method=declaration.payment.method,
            early=declaration.payment.early,
            repayment_id=declaration.repayment_id,
            ended_at=None if declaration.ended_at is None else Instant(declaration.ended_at),
            created_at=Instant(declaration.created_at),
            loan_id=declaration.loan_id,
        )
