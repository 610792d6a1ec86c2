"""What funders pledge, pay in and take back, as bodies and answers."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.loans.domain.fund import Contribution
from services.loans.rest.words import FUND_ID, FunderAnswer, FunderBody
from services.loans.usecases.record_contribution import RecordContribution
from services.runtime.fields import Answer, Body, BusinessDate, PositiveCents, Reference


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
        description="The dated convention it is paid under", examples=["2024-ARA-117"]
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
