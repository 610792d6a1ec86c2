"""What was seen of a paid top-up's capital, and what is proven of a scheme's. No evidence is shown."""

from dataclasses import replace
from datetime import date
from typing import Self
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.capital.domain.follow_ups import FollowUp
from services.capital.domain.proof_of_use import MonthProof
from services.capital.domain.refusals import CapitalElement
from services.capital.graphql import batches
from services.capital.graphql.words import TopUpType
from services.kernel.refusals import NotFound
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant

StoredFollowUp = RootModel[FollowUp]


def without_evidence(follow_up: FollowUp) -> FollowUp:
    """All that the graph may show of it: what is kept to be replayed has no free text either."""
    return replace(follow_up, check=replace(follow_up.check, evidence=None))


@strawberry.type(description="What was seen of a paid top-up's capital on a day.")
class TopUpFollowUp:
    id: UUID = strawberry.field(description="Its id.")
    checked_on: date = strawberry.field(description="The day of which it tells.")
    still_member: bool = strawberry.field(description="Whether the person was a member of the CAE.")
    capital_kept_cents: Cents = strawberry.field(description="What of the contribution was there.")
    left_on: date | None = strawberry.field(description="The day the person left, if said.")
    capital_withdrawn_on: date | None = strawberry.field(
        description="The day capital was withdrawn, if said."
    )
    proven_months: int = strawberry.field(
        description="The last follow-up that it answers for, in months after the payment; 0 for none."
    )
    ended_early: bool = strawberry.field(
        description="Whether the person left, or the capital went, before the last follow-up."
    )
    unearned_cents: Cents = strawberry.field(
        description="The part of the award that nothing stands behind any more."
    )
    corrects: UUID | None = strawberry.field(description="The answer that it corrects.")
    corrected_by: UUID | None = strawberry.field(description="The answer that corrects it.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    top_up_id: strawberry.Private[UUID]

    @resolved("The top-up that it is about, as it stands.")
    async def top_up(self, info: Info) -> TopUpType:
        from services.capital.graphql.top_ups import TopUp  # noqa: PLC0415 - the types point at each other

        found = await info.context.load(batches.top_ups_by_id, self.top_up_id)
        if found is None:
            raise NotFound(what=CapitalElement.TOP_UP, id=self.top_up_id)
        return TopUp.of(found)

    @classmethod
    def of(cls, follow_up: FollowUp) -> Self:
        check = follow_up.check
        return cls(
            id=follow_up.id,
            checked_on=check.checked_on,
            still_member=check.still_member,
            capital_kept_cents=Cents(check.capital_kept_cents),
            left_on=check.left_on,
            capital_withdrawn_on=check.capital_withdrawn_on,
            proven_months=follow_up.proven_months,
            ended_early=follow_up.ended_early,
            unearned_cents=Cents(follow_up.unearned_cents),
            corrects=follow_up.corrects,
            corrected_by=follow_up.corrected_by,
            created_at=Instant(follow_up.created_at),
            top_up_id=follow_up.top_up_id,
        )


@strawberry.type(description="What is proven of a scheme's paid top-ups, of one follow-up that has come.")
class TopUpMonthProof:
    months: int = strawberry.field(description="Which follow-up, in months after the payment.")
    due: int = strawberry.field(description="Paid top-ups of which it has come.")
    proven: int = strawberry.field(description="Of which it is proven that the capital had stayed.")
    ended: int = strawberry.field(description="Of which the person had left, or the capital gone, before.")
    late: int = strawberry.field(description="Of which nothing was said yet.")
    awarded_cents: Cents = strawberry.field(description="What was awarded to those due.")
    proven_cents: Cents = strawberry.field(description="What was awarded to those proven.")
    brought_cents: Cents = strawberry.field(description="The capital of those proven and ended.")
    kept_cents: Cents = strawberry.field(description="What of it was there.")
    kept_percent: float | None = strawberry.field(
        description="The share kept, to the hundredth of a percent; null where nothing was said."
    )

    @classmethod
    def of(cls, proof: MonthProof) -> Self:
        return cls(
            months=proof.months,
            due=proof.due,
            proven=proof.proven,
            ended=proof.ended,
            late=proof.late,
            awarded_cents=Cents(proof.awarded_cents),
            proven_cents=Cents(proof.proven_cents),
            brought_cents=Cents(proof.brought_cents),
            kept_cents=Cents(proof.kept_cents),
            kept_percent=proof.kept_percent,
        )
