"""What is taken back of a paid top-up, and what came back of it. No free text: it may name anybody."""

from dataclasses import replace
from datetime import date
from typing import Self
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.capital.domain.clawbacks import Clawback, ClawbackReceipt, ClawbackStatus, Computation
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.schemes import ClawbackRule
from services.capital.graphql import batches
from services.capital.graphql.funder_parts import FunderPart
from services.capital.graphql.words import TopUpType
from services.kernel.officers import Officer
from services.kernel.refusals import NotFound
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant

StoredClawback = RootModel[Clawback]


def without_words(clawback: Clawback) -> Clawback:
    """All that the graph may show of it: what is kept to be replayed has no free text and no name either."""
    return replace(
        clawback,
        reason=None,
        waiver_reason=None,
        proposed_by=Officer(clawback.proposed_by.client, None),
        receipts=tuple(replace(receipt, reference=None) for receipt in clawback.receipts),
    )


@strawberry.type(description="What the rule of the award's version takes back, and what it comes from.")
class ClawbackComputation:
    rule: ClawbackRule = strawberry.field(description="The version's rule.")
    formula: str = strawberry.field(description="How the amount follows, in the words of REST's fields.")
    paid_cents: Cents = strawberry.field(description="What was paid for this top-up.")
    unearned_cents: Cents = strawberry.field(description="The part that nothing stands behind any more.")
    stayed_from: date = strawberry.field(description="The day of the payment.")
    stayed_until: date = strawberry.field(description="The day the person left, or the capital went.")
    promised_until: date | None = strawberry.field(
        description="The last follow-up; null where there is none."
    )
    days_stayed: int = strawberry.field(description="From the payment, at most those promised.")
    months_stayed: int = strawberry.field(description="Whole months from the payment.")
    days_promised: int | None = strawberry.field(description="Null where nothing was promised.")
    amount_cents: Cents = strawberry.field(description="What the rule gives.")

    @classmethod
    def of(cls, found: Computation) -> Self:
        return cls(
            rule=found.rule,
            formula=found.formula,
            paid_cents=Cents(found.paid_cents),
            unearned_cents=Cents(found.unearned_cents),
            stayed_from=found.stayed_from,
            stayed_until=found.stayed_until,
            promised_until=found.promised_until,
            days_stayed=found.days_stayed,
            months_stayed=found.months_stayed,
            days_promised=found.days_promised,
            amount_cents=Cents(found.amount_cents),
        )


@strawberry.type(description="Money that came back from the CAE.")
class TopUpClawbackReceipt:
    id: UUID = strawberry.field(description="Its id.")
    amount_cents: Cents = strawberry.field(description="What came back.")
    received_on: date = strawberry.field(description="When it was received.")
    by_funder: list[FunderPart] = strawberry.field(description="Whom it returned to; adds up to the amount.")
    created_at: Instant = strawberry.field(description="When it was recorded.")

    @classmethod
    def of(cls, receipt: ClawbackReceipt) -> Self:
        return cls(
            id=receipt.id,
            amount_cents=Cents(receipt.amount_cents),
            received_on=receipt.received_on,
            by_funder=[FunderPart.of(part) for part in receipt.by_funder],
            created_at=Instant(receipt.created_at),
        )


@strawberry.type(description="What is taken back of a paid top-up.")
class TopUpClawback:
    id: UUID = strawberry.field(description="Its id.")
    status: ClawbackStatus = strawberry.field(description="Where it stands.")
    computation: ClawbackComputation = strawberry.field(
        description="What the rule gives, whatever is asked for."
    )
    amount_cents: Cents = strawberry.field(description="What is asked for.")
    received_cents: Cents = strawberry.field(description="What came back.")
    waived_cents: Cents = strawberry.field(description="What was given up.")
    owed_cents: Cents = strawberry.field(description="What is still to come.")
    proposed_on: date = strawberry.field(description="When it was proposed.")
    confirmed_on: date | None = strawberry.field(
        description="When it was confirmed, by the operator or by its first receipt."
    )
    waived_on: date | None = strawberry.field(description="When the rest was given up.")
    withdrawn_on: date | None = strawberry.field(description="When the proposal was taken back.")
    receipts: list[TopUpClawbackReceipt] = strawberry.field(description="What came back, as recorded.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    clawback: strawberry.Private[Clawback]

    @resolved("The top-up that is taken back.")
    async def top_up(self, info: Info) -> TopUpType:
        from services.capital.graphql.top_ups import TopUp  # noqa: PLC0415 - the types point at each other

        found = await info.context.load(batches.top_ups_by_id, self.clawback.top_up_id)
        if found is None:
            raise NotFound(what=CapitalElement.TOP_UP, id=self.clawback.top_up_id)
        return TopUp.of(found)

    @classmethod
    def of(cls, clawback: Clawback) -> Self:
        return cls(
            id=clawback.id,
            status=clawback.status,
            computation=ClawbackComputation.of(clawback.computation),
            amount_cents=Cents(clawback.amount_cents),
            received_cents=Cents(clawback.received_cents),
            waived_cents=Cents(clawback.waived_cents),
            owed_cents=Cents(clawback.owed_cents),
            proposed_on=clawback.proposed_on,
            confirmed_on=clawback.confirmed_on,
            waived_on=clawback.waived_on,
            withdrawn_on=clawback.withdrawn_on,
            receipts=[TopUpClawbackReceipt.of(receipt) for receipt in clawback.receipts],
            created_at=Instant(clawback.created_at),
            clawback=clawback,
        )
