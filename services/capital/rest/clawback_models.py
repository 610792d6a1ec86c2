"""Bodies and answers about clawbacks."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.capital.domain.clawbacks import Clawback, ClawbackReceipt, ClawbackStatus, Computation
from services.capital.domain.schemes import ClawbackRule
from services.capital.rest.words import TOP_UP_ID, FunderPartAnswer
from services.runtime.fields import Answer, Body, BusinessDate, LongText, PositiveCents, Reference

PAYMENT_ID = "01932c0a-77aa-7d10-8b6f-1c2d3e4f5a6b"
CLAWBACK_ID = "01932c0c-11bb-7e20-9c70-2d3e4f5a6b7c"


class ClawbackBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"stayed_until": "2028-05-31", "reason": "Départ de la coopérative le 31/05/2028"}]
        }
    )

    amount_cents: PositiveCents | None = Field(
        None,
        description="What is asked back, at most what was paid; what the version's rule gives if absent",
        examples=[100_000],
    )
    reason: LongText = Field(
        description="Why it is taken back", examples=["Départ de la coopérative le 31/05/2028"]
    )
    proposed_on: BusinessDate | None = Field(
        None, description="The proposal's date; today if absent", examples=["2028-06-15"]
    )
    stayed_until: BusinessDate | None = Field(
        None,
        description="The day the person left or the capital went; that of the proposal if absent",
        examples=["2028-05-31"],
    )


class ClawbackConfirmationBody(Body):
    amount_cents: PositiveCents | None = Field(
        None,
        description="What the CAE owes, at most what was paid; what was proposed if absent",
        examples=[100_000],
    )
    confirmed_on: BusinessDate | None = Field(
        None, description="The confirmation's date; today if absent", examples=["2028-07-01"]
    )


class ClawbackReceiptBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"amount_cents": 50_000, "received_on": "2028-09-01", "reference": "VIR 2028-118"}]
        }
    )

    amount_cents: PositiveCents = Field(
        description="What came back, at most what is still owed", examples=[50_000]
    )
    received_on: BusinessDate = Field(description="The day it was received", examples=["2028-09-01"])
    reference: Reference = Field(description="The transfer's reference", examples=["VIR 2028-118"])


class ClawbackWaiverBody(Body):
    reason: LongText = Field(
        description="Why what has not come back is given up", examples=["Liquidation judiciaire de la CAE"]
    )
    waived_on: BusinessDate | None = Field(
        None, description="The waiver's date; today if absent", examples=["2029-01-15"]
    )


class ClawbackWithdrawalBody(Body):
    reason: LongText = Field(
        description="Why it should not have been proposed", examples=["Erreur de dossier"]
    )


class ComputationAnswer(Answer):
    """What the rule of the award's version takes back, and all that the figure comes from."""

    rule: ClawbackRule = Field(description="The version's `clawback_rule`", examples=["pro_rata"])
    formula: str = Field(
        description="How `amount_cents` follows from the other fields; cut down to the cent below",
        examples=["unearned_cents * (days_promised - days_stayed) / days_promised"],
    )
    paid_cents: int = Field(description="What was paid for this top-up", examples=[150_000])
    unearned_cents: int = Field(
        description="The part of it that nothing stands behind any more: all of it where the person left",
        examples=[150_000],
    )
    stayed_from: date = Field(description="The day of the payment", examples=["2026-11-20"])
    stayed_until: date = Field(
        description="The day the person left, or the capital went", examples=["2028-05-31"]
    )
    promised_until: date | None = Field(
        description="The last follow-up of the version's months; null where it has none",
        examples=["2029-11-20"],
    )
    days_stayed: int = Field(description="From the payment, at most those promised", examples=[558])
    months_stayed: int = Field(description="Whole months from the payment", examples=[18])
    days_promised: int | None = Field(description="Null where nothing was promised", examples=[1_096])
    amount_cents: int = Field(description="What the rule gives", examples=[73_631])

    @classmethod
    def of(cls, computation: Computation) -> "ComputationAnswer":
        return cls(
            rule=computation.rule,
            formula=computation.formula,
            paid_cents=computation.paid_cents,
            unearned_cents=computation.unearned_cents,
            stayed_from=computation.stayed_from,
            stayed_until=computation.stayed_until,
            promised_until=computation.promised_until,
            days_stayed=computation.days_stayed,
            months_stayed=computation.months_stayed,
            days_promised=computation.days_promised,
            amount_cents=computation.amount_cents,
        )


class ClawbackReceiptAnswer(Answer):
    id: UUID = Field(description="The receipt's id", examples=["01932c0d-22cc-7f31-8d81-3e4f5a6b7c8d"])
    amount_cents: int = Field(description="What came back", examples=[50_000])
    received_on: date = Field(description="The day it was received", examples=["2028-09-01"])
    reference: str | None = Field(
        description="The transfer's reference; null for whoever may not read names",
        examples=["VIR 2028-118"],
    )
    by_funder: list[FunderPartAnswer] = Field(
        description="What returned to each co-funder: the parts add up to the amount"
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2028-09-01T09:12:10Z"])

    @classmethod
    def of(cls, receipt: ClawbackReceipt) -> "ClawbackReceiptAnswer":
        return cls(
            id=receipt.id,
            amount_cents=receipt.amount_cents,
            received_on=receipt.received_on,
            reference=receipt.reference,
            by_funder=[FunderPartAnswer.of(part) for part in receipt.by_funder],
            created_at=receipt.created_at,
        )


class ClawbackAnswer(Answer):
    id: UUID = Field(description="The clawback's id", examples=[CLAWBACK_ID])
    top_up_id: UUID = Field(description="The top-up that is taken back", examples=[TOP_UP_ID])
    payment_id: UUID = Field(description="The payment that had settled it", examples=[PAYMENT_ID])
    status: ClawbackStatus = Field(description="Where it stands", examples=["confirmed"])
    computation: ComputationAnswer = Field(description="What the rule gives, whatever is asked for")
    amount_cents: int = Field(description="What is asked for", examples=[100_000])
    received_cents: int = Field(description="What came back", examples=[50_000])
    waived_cents: int = Field(description="What was given up", examples=[0])
    owed_cents: int = Field(description="What is still to come", examples=[50_000])
    reason: str | None = Field(
        description="Why it is taken back; null for whoever may not read names",
        examples=["Départ de la coopérative le 31/05/2028"],
    )
    proposed_on: date = Field(description="When it was proposed", examples=["2028-06-15"])
    confirmed_on: date | None = Field(
        description="When it was confirmed, by the operator or by its first receipt",
        examples=["2028-07-01"],
    )
    waived_on: date | None = Field(description="When the rest was given up", examples=["2029-01-15"])
    waiver_reason: str | None = Field(
        description="Why; null for whoever may not read names", examples=["Liquidation judiciaire de la CAE"]
    )
    withdrawn_on: date | None = Field(description="When the proposal was taken back", examples=["2028-06-20"])
    receipts: list[ClawbackReceiptAnswer] = Field(description="What came back, in the order recorded")
    created_at: datetime = Field(description="When it was recorded", examples=["2028-06-15T08:30:00Z"])

    @classmethod
    def of(cls, clawback: Clawback) -> "ClawbackAnswer":
        return cls(
            id=clawback.id,
            top_up_id=clawback.top_up_id,
            payment_id=clawback.payment_id,
            status=clawback.status,
            computation=ComputationAnswer.of(clawback.computation),
            amount_cents=clawback.amount_cents,
            received_cents=clawback.received_cents,
            waived_cents=clawback.waived_cents,
            owed_cents=clawback.owed_cents,
            reason=clawback.reason,
            proposed_on=clawback.proposed_on,
            confirmed_on=clawback.confirmed_on,
            waived_on=clawback.waived_on,
            waiver_reason=clawback.waiver_reason,
            withdrawn_on=clawback.withdrawn_on,
            receipts=[ClawbackReceiptAnswer.of(receipt) for receipt in clawback.receipts],
            created_at=clawback.created_at,
        )
