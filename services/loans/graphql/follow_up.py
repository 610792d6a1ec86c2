"""How arrears are followed up: contacts, promises to pay. What was said stays out of the graph."""

from datetime import date
from typing import Self
from uuid import UUID

import strawberry

from services.loans.domain.borrower_contacts import BorrowerContact, Counterpart
from services.loans.domain.promises import PromiseStatus
from services.loans.domain.reminders import Channel
from services.loans.usecases.record_promise import PromiseStanding
from services.runtime.graphql.scalars import Cents


@strawberry.type(description="That somebody was spoken with about the loan.")
class LoanContact:
    id: UUID = strawberry.field(description="Its id.")
    contacted_on: date = strawberry.field(description="The day.")
    channel: Channel = strawberry.field(description="How.")
    counterpart: Counterpart = strawberry.field(description="With whom.")

    @classmethod
    def of(cls, contact: BorrowerContact) -> Self:
        return cls(
            id=contact.id,
            contacted_on=contact.contacted_on,
            channel=contact.channel,
            counterpart=contact.counterpart,
        )


@strawberry.type(description="A promise to pay, and what the repayments known today say of it.")
class LoanPromise:
    id: UUID = strawberry.field(description="Its id.")
    status: PromiseStatus = strawberry.field(description="Pending, kept or broken.")
    promised_on: date = strawberry.field(description="The day it was made.")
    due_on: date = strawberry.field(description="Until when.")
    amount_cents: Cents = strawberry.field(description="How much was promised.")
    received_cents: Cents = strawberry.field(description="What was paid between the two days.")

    @classmethod
    def of(cls, standing: PromiseStanding) -> Self:
        promise = standing.promise
        return cls(
            id=promise.id,
            status=standing.status,
            promised_on=promise.promised_on,
            due_on=promise.due_on,
            amount_cents=Cents(promise.amount_cents),
            received_cents=Cents(standing.received_cents),
        )
