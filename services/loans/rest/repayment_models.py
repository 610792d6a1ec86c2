"""Bodies and answers about repayments, reversals, losses and recoveries."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import Payment
from services.loans.domain.life.standing import allocations_of
from services.loans.domain.loan import LossCause
from services.loans.domain.repayment import EarlyMode, PaymentMethod, Repayment
from services.loans.domain.schedule import Allocation
from services.loans.rest.loan_models import LoanAnswer
from services.loans.rest.words import DECLARATION_ID, LOAN_ID, REPAYMENT_ID, recorded_at
from services.loans.usecases.record_recovery import RecordedRecovery, RecordRecovery
from services.loans.usecases.record_repayment import RecordedRepayment, RecordRepayment
from services.loans.usecases.reverse_repayment import ReversedRepayment, ReverseRepayment
from services.loans.usecases.write_off_loan import WriteOffLoan
from services.runtime.fields import Answer, Body, BusinessDate, LongText, PositiveCents, Reference

REVERSAL_ID = "01932b04-6c50-7e74-8f96-ad425b607f8f"
RECOVERY_ID = "01932b05-7d60-7f85-90a7-be536c718a90"


class RepaymentBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "amount_cents": 22_223,
                    "paid_on": "2024-05-02",
                    "method": "direct_debit",
                    "reference": "PRLV-2024-05",
                }
            ]
        }
    )

    amount_cents: PositiveCents = Field(
        description="What was paid, in cents; no more than what is owed", examples=[22_223]
    )
    paid_on: BusinessDate = Field(description="The day it was paid", examples=["2024-05-02"])
    method: PaymentMethod = Field(
        description="`direct_debit`, `transfer`, `cheque`, `cash`, `payroll` or `other`",
        examples=["direct_debit"],
    )
    reference: Reference | None = Field(
        None, description="The payment's reference", examples=["PRLV-2024-05"]
    )
    early: EarlyMode | None = Field(
        None,
        description="For an early repayment: `shorten` the loan from its end, or `lower` what remains of each"
        " instalment, once what is due is covered. Absent: an ordinary repayment, and paying ahead is not an"
        " early repayment",
        examples=["shorten"],
    )

    def order(self, loan_id: UUID) -> RecordRepayment:
        payment = Payment(self.amount_cents, self.paid_on, self.method, self.reference, self.early)
        return RecordRepayment(loan_id, payment)


class ReversalBody(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reversed_on": "2024-05-06", "reason": "Prélèvement rejeté"}]}
    )

    reversed_on: BusinessDate = Field(description="The day the payment came back", examples=["2024-05-06"])
    reason: LongText = Field(description="Why it came back", examples=["Prélèvement rejeté"])

    def order(self, repayment_id: UUID) -> ReverseRepayment:
        return ReverseRepayment(repayment_id, self.reversed_on, self.reason)


class WriteOffBody(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"written_off_on": "2025-06-30", "reason": "Liquidation judiciaire"}]}
    )

    written_off_on: BusinessDate = Field(description="The day of the loss", examples=["2025-06-30"])
    reason: LongText = Field(description="Why it is lost", examples=["Liquidation judiciaire"])
    cause: LossCause = Field(
        LossCause.UNCOLLECTABLE,
        description="`uncollectable`, `death` or `insolvency`; the last two ask for the event to be recorded",
        examples=["uncollectable"],
    )

    def order(self, loan_id: UUID) -> WriteOffLoan:
        return WriteOffLoan(loan_id, self.written_off_on, self.reason, self.cause)


class RecoveryBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"amount_cents": 50_000, "received_on": "2025-09-12", "reference": "DIV-2025-3"}]
        }
    )

    amount_cents: PositiveCents = Field(
        description="What came back, in cents; no more than what was lost", examples=[50_000]
    )
    received_on: BusinessDate = Field(description="The day it was received", examples=["2025-09-12"])
    reference: Reference | None = Field(None, description="Its reference", examples=["DIV-2025-3"])

    def order(self, loan_id: UUID) -> RecordRecovery:
        return RecordRecovery(loan_id, self.amount_cents, self.received_on, self.reference)


class AllocationAnswer(Answer):
    rank: int = Field(description="Which instalment", examples=[1])
    amount_cents: int = Field(description="How much of it is covered, in cents", examples=[22_223])

    @classmethod
    def listed(cls, allocations: Iterable[Allocation]) -> "list[AllocationAnswer]":
        return [cls(rank=one.rank, amount_cents=one.amount_cents) for one in allocations]


class ReversalAnswer(Answer):
    id: UUID = Field(description="The reversal's id", examples=[REVERSAL_ID])
    reversed_on: date = Field(description="The day the payment came back", examples=["2024-05-06"])
    reason: str | None = Field(
        description="Why it came back; null for whom names are hidden", examples=["Prélèvement rejeté"]
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])


class RepaymentAnswer(Answer):
    id: UUID = Field(description="The repayment's id", examples=[REPAYMENT_ID])
    status: Literal["recorded", "reversed"] = Field(
        description="`reversed` once it came back", examples=["recorded"]
    )
    loan_id: UUID = Field(description="The loan", examples=[LOAN_ID])
    amount_cents: int = Field(description="What was paid, in cents", examples=[22_223])
    paid_on: date = Field(description="The day it was paid", examples=["2024-05-02"])
    method: PaymentMethod = Field(description="How it was paid", examples=["direct_debit"])
    early: EarlyMode | None = Field(
        description="How it was asked for as an early repayment; null for an ordinary one", examples=[None]
    )
    reference: str | None = Field(
        description="The payment's reference; null for whom names are hidden", examples=["PRLV-2024-05"]
    )
    declaration_id: UUID | None = Field(
        description="The CAE's declaration that it confirms, if it does", examples=[DECLARATION_ID]
    )
    reversal: ReversalAnswer | None = Field(description="How it came back, if it did")
    allocations: list[AllocationAnswer] = Field(
        description="The instalments it covers, all facts known so far taken in date order"
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(
        cls,
        repayment: Repayment,
        allocations: Iterable[Allocation],
        *,
        declaration_id: UUID | None = None,
        shows_names: bool = True,
    ) -> "RepaymentAnswer":
        return cls(
            id=repayment.id,
            status="recorded" if repayment.reversal is None else "reversed",
            loan_id=repayment.loan_id,
            amount_cents=repayment.amount_cents,
            paid_on=repayment.paid_on,
            method=repayment.method,
            early=repayment.early,
            reference=repayment.reference if shows_names else None,
            declaration_id=declaration_id,
            reversal=None
            if repayment.reversal is None
            else ReversalAnswer(
                id=repayment.reversal.id,
                reversed_on=repayment.reversal.reversed_on,
                reason=repayment.reversal.reason if shows_names else None,
                created_at=recorded_at(repayment.reversal.id),
            ),
            allocations=AllocationAnswer.listed(allocations),
            created_at=recorded_at(repayment.id),
        )

    @classmethod
    def among(
        cls,
        repayment: Repayment,
        file: LoanFile,
        *,
        declaration_id: UUID | None,
        shows_names: bool,
    ) -> "RepaymentAnswer":
        covered = allocations_of(file, repayment)
        return cls.of(repayment, covered, declaration_id=declaration_id, shows_names=shows_names)


class RepaymentsAnswer(Answer):
    loan_id: UUID = Field(description="The loan", examples=[LOAN_ID])
    repayments: list[RepaymentAnswer] = Field(description="A page of them, as they were recorded")
    next: str | None = Field(description="Cursor for `after` of the next page; null on the last")
    total: int | None = Field(description="How many in all; only with `count=true`")


class RecordedRepaymentAnswer(RepaymentAnswer):
    loan: LoanAnswer = Field(description="The loan after it")

    @classmethod
    def after(
        cls, recorded: RecordedRepayment, today: date, *, declaration_id: UUID | None = None
    ) -> "RecordedRepaymentAnswer":
        repayment = RepaymentAnswer.of(
            recorded.repayment, recorded.allocations, declaration_id=declaration_id
        )
        return cls(
            **{name: getattr(repayment, name) for name in RepaymentAnswer.model_fields},
            loan=LoanAnswer.of(recorded.loan, today, shows_names=True),
        )


class ReversedRepaymentAnswer(ReversalAnswer):
    status: Literal["recorded"] = Field(description="A reversal stands once recorded", examples=["recorded"])
    repayment_id: UUID = Field(description="The repayment that came back", examples=[REPAYMENT_ID])
    amount_cents: int = Field(description="What is owed again, in cents", examples=[22_223])
    loan: LoanAnswer = Field(description="The loan after it")

    @classmethod
    def after(cls, taken_back: ReversedRepayment, today: date) -> "ReversedRepaymentAnswer":
        reversal = taken_back.reversal
        return cls(
            id=reversal.id,
            status="recorded",
            repayment_id=taken_back.repayment.id,
            amount_cents=taken_back.repayment.amount_cents,
            reversed_on=reversal.reversed_on,
            reason=reversal.reason,
            loan=LoanAnswer.of(taken_back.loan, today, shows_names=True),
            created_at=recorded_at(reversal.id),
        )


class RecoveryAnswer(Answer):
    id: UUID = Field(description="The recovery's id", examples=[RECOVERY_ID])
    status: Literal["recorded"] = Field(description="A recovery stands once recorded", examples=["recorded"])
    loan_id: UUID = Field(description="The loan", examples=[LOAN_ID])
    amount_cents: int = Field(description="What came back, in cents", examples=[50_000])
    received_on: date = Field(description="The day it was received", examples=["2025-09-12"])
    reference: str | None = Field(description="Its reference", examples=["DIV-2025-3"])
    loan: LoanAnswer = Field(description="The loan after it")
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def after(cls, recorded: RecordedRecovery, today: date) -> "RecoveryAnswer":
        recovery = recorded.recovery
        return cls(
            id=recovery.id,
            status="recorded",
            loan_id=recovery.loan_id,
            amount_cents=recovery.amount_cents,
            received_on=recovery.received_on,
            reference=recovery.reference,
            loan=LoanAnswer.of(recorded.loan, today, shows_names=True),
            created_at=recorded_at(recovery.id),
        )
