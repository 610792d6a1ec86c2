"""Bodies and answers about repayments that CAEs declare."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.kernel.identifiers import Siren
from services.loans.domain.life.movements import Payment
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.repayment_declaration import DeclarationStatus, RepaymentDeclaration
from services.loans.rest.repayment_models import RecordedRepaymentAnswer
from services.loans.rest.words import DECLARATION_ID, LOAN_ID, REPAYMENT_ID, SIREN
from services.loans.usecases.confirm_repayment_declaration import ConfirmedDeclaration
from services.loans.usecases.declare_repayment import DeclareRepayment
from services.loans.usecases.end_repayment_declaration import RejectDeclaration, WithdrawDeclaration
from services.runtime.fields import Answer, Body, BusinessDate, LongText, PositiveCents, Reference


class DeclarationBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "amount_cents": 22_223,
                    "paid_on": "2024-05-02",
                    "method": "payroll",
                    "reference": "PAIE-2024-05",
                }
            ]
        }
    )

    amount_cents: PositiveCents = Field(
        description="What the CAE collected, in cents; no more than what is owed", examples=[22_223]
    )
    paid_on: BusinessDate = Field(description="The day it was paid", examples=["2024-05-02"])
    method: PaymentMethod = Field(
        description="`direct_debit`, `transfer`, `cheque`, `cash`, `payroll` or `other`", examples=["payroll"]
    )
    reference: Reference | None = Field(
        None, description="The payment's reference", examples=["PAIE-2024-05"]
    )
    early: EarlyMode | None = Field(
        None,
        description="For an early repayment: `shorten` the loan from its end, or `lower` what remains of each"
        " instalment, once what is due is covered. Absent: an ordinary repayment, and paying ahead is not an"
        " early repayment",
        examples=["shorten"],
    )

    def order(self, loan_id: UUID) -> DeclareRepayment:
        payment = Payment(self.amount_cents, self.paid_on, self.method, self.reference, self.early)
        return DeclareRepayment(loan_id, payment)


class ConfirmationBody(Body):
    """Nothing to say."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class RejectionBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Virement non reçu"}]})

    reason: LongText = Field(description="Why, for the CAE to read", examples=["Virement non reçu"])

    def order(self, declaration_id: UUID) -> RejectDeclaration:
        return RejectDeclaration(declaration_id, self.reason)


class DeclarationWithdrawalBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Saisi deux fois"}]})

    reason: LongText | None = Field(None, description="Why", examples=["Saisi deux fois"])

    def order(self, declaration_id: UUID) -> WithdrawDeclaration:
        return WithdrawDeclaration(declaration_id, self.reason)


class DeclarationAnswer(Answer):
    id: UUID = Field(description="The declaration's id", examples=[DECLARATION_ID])
    status: DeclarationStatus = Field(
        description="`declared`, `confirmed`, `rejected` or `withdrawn`; it counts once confirmed",
        examples=["declared"],
    )
    loan_id: UUID = Field(description="The loan", examples=[LOAN_ID])
    region: str = Field(description="The fund's region", examples=["84"])
    cae: Siren = Field(description="The CAE that declares, by SIREN", examples=[SIREN])
    amount_cents: int = Field(description="What it collected, in cents", examples=[22_223])
    paid_on: date = Field(description="The day it was paid", examples=["2024-05-02"])
    method: PaymentMethod = Field(description="How it was paid", examples=["payroll"])
    early: EarlyMode | None = Field(description="`shorten`, `lower`; null if not early", examples=[None])
    reference: str | None = Field(description="The payment's reference", examples=["PAIE-2024-05"])
    repayment_id: UUID | None = Field(
        description="The repayment that its confirmation recorded", examples=[REPAYMENT_ID]
    )
    ended_at: datetime | None = Field(
        description="When it was confirmed, rejected or withdrawn", examples=["2026-11-22T15:04:05Z"]
    )
    ended_reason: str | None = Field(
        description="Why it was rejected or withdrawn", examples=["Virement non reçu"]
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, declaration: RepaymentDeclaration) -> "DeclarationAnswer":
        payment = declaration.payment
        return cls(
            id=declaration.id,
            status=declaration.status,
            loan_id=declaration.loan_id,
            region=declaration.region,
            cae=declaration.cae_siren,
            amount_cents=payment.amount_cents,
            paid_on=payment.paid_on,
            method=payment.method,
            early=declaration.payment.early,
            reference=payment.reference,
            repayment_id=declaration.repayment_id,
            ended_at=declaration.ended_at,
            ended_reason=declaration.ended_reason,
            created_at=declaration.created_at,
        )


class ConfirmedDeclarationAnswer(DeclarationAnswer):
    repayment: RecordedRepaymentAnswer = Field(description="The repayment that it became, and the loan after")

    @classmethod
    def after(cls, confirmed: ConfirmedDeclaration, today: date) -> "ConfirmedDeclarationAnswer":
        declaration = DeclarationAnswer.of(confirmed.declaration)
        return cls(
            **{name: getattr(declaration, name) for name in DeclarationAnswer.model_fields},
            repayment=RecordedRepaymentAnswer.after(
                confirmed.recorded, today, declaration_id=confirmed.declaration.id
            ),
        )
