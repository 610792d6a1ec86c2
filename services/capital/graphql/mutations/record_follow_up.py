"""The operator records what was seen of a paid top-up's capital, or corrects what was recorded wrongly."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.follow_ups import Check, FollowUp
from services.capital.graphql.follow_ups import StoredFollowUp, TopUpFollowUp, without_evidence
from services.capital.usecases import record_follow_up
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import CentsField, parse_id


@strawberry.input(description="What was seen of a paid top-up's capital on a day.")
class RecordFollowUpInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    checked_on: BusinessDate = strawberry.field(description="The day of which it tells.")
    still_member: bool = strawberry.field(description="Whether the person was a member of the CAE.")
    capital_kept_cents: CentsField = strawberry.field(description="What of the contribution was there.")
    left_on: BusinessDate | None = strawberry.field(
        default=None, description="The day the person left; that of the check by default."
    )
    capital_withdrawn_on: BusinessDate | None = strawberry.field(
        default=None, description="The day capital was withdrawn; that of the check by default."
    )
    evidence: LongText = strawberry.field(description="What proves it.")
    corrects: strawberry.ID | None = strawberry.field(
        default=None, description="The wrong answer that this one stands for from now on."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )

    def check(self) -> Check:
        return Check(
            checked_on=self.checked_on,
            still_member=self.still_member,
            capital_kept_cents=self.capital_kept_cents,
            left_on=self.left_on,
            capital_withdrawn_on=self.capital_withdrawn_on,
            evidence=self.evidence,
        )


RecordFollowUpAnswer = Annotated[
    TopUpFollowUp | Refusal,
    strawberry.union(
        "RecordFollowUpAnswer", description="The follow-up as recorded, or why it could not be."
    ),
]


@strawberry.type
class RecordFollowUp:
    @mutation("Records what was seen; leaving early proposes a clawback, the last follow-up closes.")
    async def record_follow_up(self, info: Info, input: RecordFollowUpInput) -> RecordFollowUpAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: RecordFollowUpInput) -> FollowUp:
            order = record_follow_up.RecordFollowUp(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                check=given.check(),
                corrects=None if given.corrects is None else parse_id(given.corrects, "/corrects"),
            )
            context = info.context
            done = await record_follow_up.record_follow_up(
                session, context.caller, order, today=context.today
            )
            return without_evidence(done.follow_up)

        done = await perform(info, input, effect, stored_as=StoredFollowUp)
        return done if isinstance(done, Refusal) else TopUpFollowUp.of(done)
