"""What funders pledge, pay in and take back, as bodies and answers."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.loans.domain.contributions import Contribution, PlannedPayment, Pledge, Withdrawal, paid_on_plan
from services.loans.rest.words import FUND_ID, FunderAnswer, FunderBody
from services.loans.usecases.record_contribution import RecordContribution
from services.loans.usecases.record_pledge import RecordPledge
from services.loans.usecases.withdraw_contribution import WithdrawContribution
from services.runtime.fields import (
    Answer,
    Body,
    BusinessDate,
    LongText,
    PositiveCents,
    Reference,
    SirenField,
)

MOST_PLANNED = 100


class ContributionBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "funder": {"siren": "200053767", "name": "Région Auvergne-Rhône-Alpes", "kind": "region"},
                    "convention": "2024-ARA-117",
                    "amount_cents": 8_000_000,
                    "paid_on": "2024-01-05",
                }
            ]
        }
    )

    funder: FunderBody = Field(description="Who pays in; known by its SIREN from its first contribution")
    convention: Reference = Field(
        description="The dated convention it is paid under: on its pledge, if the funder pledged under it",
        examples=["2024-ARA-117"],
    )
    amount_cents: PositiveCents = Field(description="What was paid in, in cents", examples=[8_000_000])
    paid_on: BusinessDate = Field(description="The day the money reached the fund", examples=["2024-01-05"])

    def order(self, fund_id: UUID) -> RecordContribution:
        return RecordContribution(
            fund_id, self.funder.identity(), self.convention, self.amount_cents, self.paid_on
        )


class ContributionAnswer(Answer):
    id: UUID = Field(description="The contribution's id", examples=["01932b00-8e31-7f85-b0a7-be536c718a9f"])
    status: str = Field(description="`paid`", examples=["paid"])
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    funder: FunderAnswer = Field(description="Who paid in")
    convention: str = Field(description="The convention it is paid under", examples=["2024-ARA-117"])
    amount_cents: int = Field(description="What was paid in, in cents", examples=[8_000_000])
    paid_on: date = Field(description="The day the money reached the fund", examples=["2024-01-05"])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, contribution: Contribution) -> "ContributionAnswer":
        return cls(
            id=contribution.id,
            status="paid",
            fund_id=contribution.fund_id,
            funder=FunderAnswer.of(contribution.funder),
            convention=contribution.convention,
            amount_cents=contribution.amount_cents,
            paid_on=contribution.paid_on,
            created_at=contribution.created_at,
        )


class PlannedPaymentBody(Body):
    due_on: BusinessDate = Field(description="When it is to be paid in", examples=["2025-01-15"])
    amount_cents: PositiveCents = Field(description="How much of the pledge, in cents", examples=[4_000_000])

    def planned(self) -> PlannedPayment:
        return PlannedPayment(self.due_on, self.amount_cents)


class PledgeBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "funder": {"siren": "200053767", "name": "Région Auvergne-Rhône-Alpes", "kind": "region"},
                    "convention": "2024-ARA-117",
                    "amount_cents": 8_000_000,
                    "signed_on": "2023-12-15",
                    "planned_payments": [
                        {"due_on": "2024-01-15", "amount_cents": 4_000_000},
                        {"due_on": "2025-01-15", "amount_cents": 4_000_000},
                    ],
                }
            ]
        }
    )

    funder: FunderBody = Field(description="Who pledges; known by its SIREN from then on")
    convention: Reference = Field(
        description="The convention: contributions that name it are paid on this pledge",
        examples=["2024-ARA-117"],
    )
    amount_cents: PositiveCents = Field(description="What is pledged, in cents", examples=[8_000_000])
    signed_on: BusinessDate = Field(description="The day the convention was signed", examples=["2023-12-15"])
    planned_payments: list[PlannedPaymentBody] | None = Field(
        None,
        max_length=MOST_PLANNED,
        description="When it is to be paid in; adding up to the pledge, if given",
    )

    def order(self, fund_id: UUID) -> RecordPledge:
        return RecordPledge(
            fund_id,
            self.funder.identity(),
            self.convention,
            self.amount_cents,
            self.signed_on,
            tuple(payment.planned() for payment in self.planned_payments or ()),
        )


class PlannedPaymentAnswer(Answer):
    due_on: date = Field(description="When it is to be paid in", examples=["2025-01-15"])
    amount_cents: int = Field(description="How much of the pledge, in cents", examples=[4_000_000])
    paid_cents: int = Field(description="What of it is paid: the first ones first", examples=[0])


class PledgeAnswer(Answer):
    id: UUID = Field(description="The pledge's id", examples=["01932b00-8e31-7f85-b0a7-be536c718aa0"])
    status: str = Field(description="`open`, or `paid` once nothing is left to pay", examples=["open"])
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    funder: FunderAnswer = Field(description="Who pledged")
    convention: str = Field(description="The convention", examples=["2024-ARA-117"])
    amount_cents: int = Field(description="What is pledged, in cents", examples=[8_000_000])
    paid_cents: int = Field(description="What is paid in on it", examples=[4_000_000])
    left_cents: int = Field(description="What is still to come", examples=[4_000_000])
    signed_on: date = Field(description="The day the convention was signed", examples=["2023-12-15"])
    planned_payments: list[PlannedPaymentAnswer] = Field(
        description="When it is to be paid in, by date; empty where the convention does not say"
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, pledge: Pledge) -> "PledgeAnswer":
        planned = zip(pledge.planned, paid_on_plan(pledge), strict=True)
        return cls(
            id=pledge.id,
            status="open" if pledge.left_cents else "paid",
            fund_id=pledge.fund_id,
            funder=FunderAnswer.of(pledge.funder),
            convention=pledge.convention,
            amount_cents=pledge.amount_cents,
            paid_cents=pledge.paid_cents,
            left_cents=pledge.left_cents,
            signed_on=pledge.signed_on,
            planned_payments=[
                PlannedPaymentAnswer(
                    due_on=payment.due_on, amount_cents=payment.amount_cents, paid_cents=paid
                )
                for payment, paid in planned
            ],
            created_at=pledge.created_at,
        )


class WithdrawalBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "funder": "200053767",
                    "amount_cents": 1_000_000,
                    "withdrawn_on": "2026-06-30",
                    "reference": "VIR-2026-0630",
                    "reason": "Fin de la convention 2024-ARA-117",
                }
            ]
        }
    )

    funder: SirenField = Field(description="Who takes back, by its SIREN", examples=["200053767"])
    amount_cents: PositiveCents = Field(
        description="How much, down to what is free of its own, in cents", examples=[1_000_000]
    )
    withdrawn_on: BusinessDate = Field(description="The day the money left the fund", examples=["2026-06-30"])
    reference: Reference = Field(description="The transfer's reference", examples=["VIR-2026-0630"])
    reason: LongText = Field(description="Why", examples=["Fin de la convention 2024-ARA-117"])

    def order(self, fund_id: UUID) -> WithdrawContribution:
        return WithdrawContribution(
            fund_id, self.funder, self.amount_cents, self.withdrawn_on, self.reference, self.reason
        )


class WithdrawalAnswer(Answer):
    id: UUID = Field(description="The withdrawal's id", examples=["01932b00-8e31-7f85-b0a7-be536c718aa1"])
    status: str = Field(description="`withdrawn`", examples=["withdrawn"])
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    funder: FunderAnswer = Field(description="Who took back")
    amount_cents: int = Field(description="How much, in cents", examples=[1_000_000])
    withdrawn_on: date = Field(description="The day the money left the fund", examples=["2026-06-30"])
    reference: str = Field(description="The transfer's reference", examples=["VIR-2026-0630"])
    reason: str = Field(description="Why", examples=["Fin de la convention 2024-ARA-117"])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, withdrawal: Withdrawal) -> "WithdrawalAnswer":
        return cls(
            id=withdrawal.id,
            status="withdrawn",
            fund_id=withdrawal.fund_id,
            funder=FunderAnswer.of(withdrawal.funder),
            amount_cents=withdrawal.amount_cents,
            withdrawn_on=withdrawal.withdrawn_on,
            reference=withdrawal.reference,
            reason=withdrawal.reason,
            created_at=withdrawal.created_at,
        )
