"""Bodies and answers about contacts with borrowers and their promises to pay."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.loans.domain.borrower_contacts import BorrowerContact, Counterpart
from services.loans.domain.promises import PromiseStatus
from services.loans.domain.reminders import Channel
from services.loans.rest.words import LOAN_ID
from services.loans.usecases.record_contact import RecordContact
from services.loans.usecases.record_promise import PromiseStanding, RecordPromise
from services.runtime.fields import Answer, Body, BusinessDate, LongText, PositiveCents

CONTACT_ID = "01932b03-2b40-7d63-9e85-9c314a5f6e92"
PROMISE_ID = "01932b03-2b40-7d63-9e85-9c314a5f6e93"
A_CONTACT: JsonDict = {
    "contacted_on": "2026-03-21",
    "channel": "phone",
    "counterpart": "borrower",
    "note": "Paiera en fin de mois",
}
A_PROMISE: JsonDict = {"promised_on": "2026-03-21", "due_on": "2026-03-31", "amount_cents": 22_223}


class ContactBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [A_CONTACT]})

    contacted_on: BusinessDate = Field(description="The day of the contact", examples=["2026-03-21"])
    channel: Channel = Field(description="`letter`, `email`, `phone` or `meeting`", examples=["phone"])
    counterpart: Counterpart = Field(
        Counterpart.BORROWER, description="`borrower`, `cae`, `heir` or `other`", examples=["borrower"]
    )
    note: LongText | None = Field(None, description="What was said", examples=["Paiera en fin de mois"])

    def order(self, loan_id: UUID) -> RecordContact:
        return RecordContact(loan_id, self.contacted_on, self.channel, self.counterpart, self.note)


class ContactAnswer(Answer):
    id: UUID = Field(description="The contact's id", examples=[CONTACT_ID])
    loan_id: UUID = Field(description="The loan", examples=[LOAN_ID])
    contacted_on: date = Field(description="The day of the contact", examples=["2026-03-21"])
    channel: Channel = Field(description="How", examples=["phone"])
    counterpart: Counterpart = Field(description="With whom", examples=["borrower"])
    note: str | None = Field(description="What was said", examples=["Paiera en fin de mois"])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, contact: BorrowerContact) -> "ContactAnswer":
        return cls(
            id=contact.id,
            loan_id=contact.loan_id,
            contacted_on=contact.contacted_on,
            channel=contact.channel,
            counterpart=contact.counterpart,
            note=contact.note,
            created_at=contact.created_at,
        )


class PromiseBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [A_PROMISE]})

    promised_on: BusinessDate = Field(description="The day it was made", examples=["2026-03-21"])
    due_on: BusinessDate = Field(description="Until when; it may be to come", examples=["2026-03-31"])
    amount_cents: PositiveCents = Field(
        description="How much, in cents; no more than what is owed", examples=[22_223]
    )
    note: LongText | None = Field(None, description="What was said", examples=["Attend un règlement"])

    def order(self, loan_id: UUID) -> RecordPromise:
        return RecordPromise(loan_id, self.promised_on, self.due_on, self.amount_cents, self.note)


class PromiseAnswer(Answer):
    """What the repayments known today say of it: one that arrives late, or bounces, changes it."""

    id: UUID = Field(description="The promise's id", examples=[PROMISE_ID])
    loan_id: UUID = Field(description="The loan", examples=[LOAN_ID])
    status: PromiseStatus = Field(description="`pending`, `kept` or `broken`", examples=["pending"])
    promised_on: date = Field(description="The day it was made", examples=["2026-03-21"])
    due_on: date = Field(description="Until when", examples=["2026-03-31"])
    amount_cents: int = Field(description="How much was promised", examples=[22_223])
    received_cents: int = Field(description="What was paid between the two days", examples=[0])
    note: str | None = Field(description="What was said", examples=["Attend un règlement"])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, standing: PromiseStanding) -> "PromiseAnswer":
        promise = standing.promise
        return cls(
            id=promise.id,
            loan_id=promise.loan_id,
            status=standing.status,
            promised_on=promise.promised_on,
            due_on=promise.due_on,
            amount_cents=promise.amount_cents,
            received_cents=standing.received_cents,
            note=promise.note,
            created_at=promise.created_at,
        )
