"""Bodies and answers of batches of repayments, and of the remittances that they come with."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from services.kernel.identifiers import Siren
from services.kernel.language import Language
from services.loans.domain.life.movements import Payment
from services.loans.domain.remittance import AnnouncedRemittance, Remittance, RemittedRepayment
from services.loans.domain.repayment import EarlyMode, PaymentMethod
from services.loans.domain.repayment_batch import (
    MOST_LINES,
    BatchLine,
    LineStatus,
    LoanKey,
    LoanNumber,
    Recorded,
    RefusedLine,
)
from services.loans.rest.repayment_models import AllocationAnswer
from services.loans.rest.words import FUND_ID, LOAN_ID, REPAYMENT_ID, SIREN
from services.loans.usecases.record_batch import RecordBatch, RecordedBatch
from services.runtime.fields import Answer, Body, BusinessDate, PositiveCents, Reference, SirenField

REMITTANCE_ID = "01932b06-8e70-7f96-a1b8-cf647d829ba1"


class BatchLineBody(Body):
    """One repayment; its loan by `loan_id`, or by `loan_number` and `fund_id`."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "required": ["loan_id"],
                    "properties": {
                        "loan_id": {"type": "string"},
                        "loan_number": {"type": "null"},
                        "fund_id": {"type": "null"},
                    },
                },
                {
                    "required": ["loan_number", "fund_id"],
                    "properties": {
                        "loan_number": {"type": "string"},
                        "fund_id": {"type": "string"},
                        "loan_id": {"type": "null"},
                    },
                },
            ]
        }
    )

    loan_id: UUID | None = Field(None, description="The loan, by its id", examples=[LOAN_ID])
    loan_number: Reference | None = Field(
        None, description="Or by its number in its fund", examples=["PH-84-0042"]
    )
    fund_id: UUID | None = Field(None, description="The fund of that number", examples=[FUND_ID])
    amount_cents: PositiveCents = Field(
        description="What was paid, in cents; no more than what is owed", examples=[22_223]
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
        description="For an early repayment: `shorten` the loan, or `lower` what is still to be paid",
        examples=["shorten"],
    )

    @model_validator(mode="after")
    def _names_one_loan(self) -> Self:
        named = (self.loan_id is not None, self.loan_number is not None, self.fund_id is not None)
        if named not in {(True, False, False), (False, True, True)}:
            raise PydanticCustomError("one-loan", "loan_id alone, or loan_number with fund_id")
        return self

    def line(self, index: int) -> BatchLine:
        loan: LoanKey
        if self.loan_number is not None and self.fund_id is not None:
            loan = LoanNumber(self.fund_id, self.loan_number)
        elif self.loan_id is not None:
            loan = self.loan_id
        else:
            raise ValueError("a line that passed its validation names its loan")
        payment = Payment(self.amount_cents, self.paid_on, self.method, self.reference, self.early)
        return BatchLine(index, loan, payment)


class RemittanceBody(Body):
    reference: Reference = Field(description="The transfer's reference", examples=["VIR-PAIE-2024-05"])
    received_on: BusinessDate = Field(description="The day it was received", examples=["2024-05-06"])
    total_cents: PositiveCents = Field(
        description="What was received, in cents: what the lines add up to", examples=[44_446]
    )
    cae: SirenField | None = Field(
        None, description="The CAE that sent it; by default that of the first line's loan", examples=[SIREN]
    )

    def announced(self) -> AnnouncedRemittance:
        return AnnouncedRemittance(self.reference, self.received_on, self.total_cents, self.cae)


_LINE: dict[str, JsonValue] = {
    "loan_id": LOAN_ID,
    "amount_cents": 22_223,
    "paid_on": "2024-05-02",
    "method": "payroll",
}


class BatchBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [_LINE, {**_LINE, "paid_on": "2024-06-03"}],
                    "atomic": True,
                    "remittance": {
                        "reference": "VIR-PAIE-2024-05",
                        "received_on": "2024-06-06",
                        "total_cents": 44_446,
                    },
                }
            ]
        }
    )

    items: Annotated[list[BatchLineBody], Field(min_length=1, max_length=MOST_LINES)] = Field(
        description="The repayments; those of one loan are taken in the order of their dates"
    )
    atomic: StrictBool = Field(
        True, description="Record all of them or none; else each that can be", examples=[True]
    )
    remittance: RemittanceBody | None = Field(
        None, description="The transfer of a CAE that they came with: they add up to it"
    )

    def order(self) -> RecordBatch:
        return RecordBatch(
            lines=tuple(item.line(index) for index, item in enumerate(self.items)),
            is_atomic=self.atomic,
            remittance=None if self.remittance is None else self.remittance.announced(),
        )


class LineProblemAnswer(Answer):
    model_config = ConfigDict(extra="allow")

    code: str = Field(description="Stable, kebab-case; its facts stand beside it", examples=["not-found"])
    detail: str = Field(
        description="Why, in the caller's language",
        examples=["Le prêt ne doit plus que 200,00 € ; le remboursement est de 222,23 €."],
    )
    pointer: str = Field(description="Where in the body", examples=["/items/17/amount_cents"])


class BatchResultAnswer(Answer):
    index: int = Field(description="Which line, from 0", examples=[17])
    status: LineStatus = Field(description="`recorded` or `refused`", examples=["recorded"])
    repayment_id: UUID | None = Field(
        description="The repayment; null where refused", examples=[REPAYMENT_ID]
    )
    loan_id: UUID | None = Field(description="Its loan; null where refused", examples=[LOAN_ID])
    allocations: list[AllocationAnswer] = Field(description="The instalments that it covers")
    outstanding_cents: int | None = Field(
        description="What the loan owes after this line; null where refused", examples=[755_554]
    )
    problem: LineProblemAnswer | None = Field(description="Why it was refused; null where recorded")

    @classmethod
    def recorded(cls, line: Recorded) -> "BatchResultAnswer":
        return cls(
            index=line.index,
            status=LineStatus.RECORDED,
            repayment_id=line.repayment.id,
            loan_id=line.repayment.loan_id,
            allocations=AllocationAnswer.listed(line.allocations),
            outstanding_cents=line.after.outstanding_cents,
            problem=None,
        )

    @classmethod
    def refused(cls, line: RefusedLine, language: Language) -> "BatchResultAnswer":
        told: dict[str, Any] = {
            **line.refusal.facts,
            "code": line.refusal.code,
            "detail": line.refusal.message(language),
            "pointer": line.pointer,
        }
        return cls(
            index=line.index,
            status=LineStatus.REFUSED,
            repayment_id=None,
            loan_id=None,
            allocations=[],
            outstanding_cents=None,
            problem=LineProblemAnswer(**told),
        )


class RemittanceAnswer(Answer):
    id: UUID = Field(description="The remittance's id", examples=[REMITTANCE_ID])
    region: str = Field(description="INSEE code of its region", examples=["84"])
    cae: Siren = Field(description="SIREN of the CAE that sent it", examples=[SIREN])
    reference: str = Field(description="The transfer's reference", examples=["VIR-PAIE-2024-05"])
    received_on: date = Field(description="The day it was received", examples=["2024-05-06"])
    total_cents: int = Field(description="What was received, in cents", examples=[44_446])
    allocated_cents: int = Field(
        description="What of it was recorded as repayments that were not reversed since", examples=[22_223]
    )
    unallocated_cents: int = Field(
        description="What is still to be recorded against the same remittance", examples=[22_223]
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, remittance: Remittance) -> "RemittanceAnswer":
        return cls(
            id=remittance.id,
            region=remittance.region,
            cae=remittance.cae_siren,
            reference=remittance.reference,
            received_on=remittance.received_on,
            total_cents=remittance.total_cents,
            allocated_cents=remittance.allocated_cents,
            unallocated_cents=remittance.unallocated_cents,
            created_at=remittance.created_at,
        )


class RemittedRepaymentAnswer(Answer):
    repayment_id: UUID = Field(description="The repayment", examples=[REPAYMENT_ID])
    loan_id: UUID = Field(description="Its loan", examples=[LOAN_ID])
    loan_number: str = Field(description="The loan's number in its fund", examples=["PH-84-0042"])
    amount_cents: int = Field(description="What was paid, in cents", examples=[22_223])
    paid_on: date = Field(description="The day it was paid", examples=["2024-05-02"])
    reversed_on: date | None = Field(
        description="The day it came back, if it did: it then counts no more", examples=["2024-05-09"]
    )

    @classmethod
    def of(cls, covered: RemittedRepayment) -> "RemittedRepaymentAnswer":
        return cls(
            repayment_id=covered.repayment_id,
            loan_id=covered.loan_id,
            loan_number=covered.loan_number,
            amount_cents=covered.amount_cents,
            paid_on=covered.paid_on,
            reversed_on=covered.reversed_on,
        )


class RemittanceDetailAnswer(RemittanceAnswer):
    repayments: list[RemittedRepaymentAnswer] = Field(description="What it covers, in the order of recording")

    @classmethod
    def whole(cls, remittance: Remittance, covered: Sequence[RemittedRepayment]) -> "RemittanceDetailAnswer":
        listed = [RemittedRepaymentAnswer.of(one) for one in covered]
        return cls(**RemittanceAnswer.of(remittance).model_dump(), repayments=listed)


class BatchAnswer(Answer):
    recorded_count: int = Field(description="Lines recorded", examples=[2])
    refused_count: int = Field(description="Lines refused; none where `atomic`", examples=[0])
    recorded_cents: int = Field(description="What the recorded lines add up to, in cents", examples=[44_446])
    remittance: RemittanceAnswer | None = Field(
        description="The remittance after them, with what is left unallocated; null without one"
    )
    results: list[BatchResultAnswer] = Field(description="One for each line, in the order of the lines")

    @classmethod
    def of(cls, batch: RecordedBatch, language: Language) -> "BatchAnswer":
        results = [BatchResultAnswer.recorded(line) for line in batch.recorded]
        results += [BatchResultAnswer.refused(line, language) for line in batch.refused]
        return cls(
            recorded_count=len(batch.recorded),
            refused_count=len(batch.refused),
            recorded_cents=sum(line.repayment.amount_cents for line in batch.recorded),
            remittance=batch.remittance and RemittanceAnswer.of(batch.remittance),
            results=sorted(results, key=lambda result: result.index),
        )
