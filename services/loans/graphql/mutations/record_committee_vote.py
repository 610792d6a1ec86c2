"""What a session votes on one application of its agenda."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.committee import Outcome
from services.loans.domain.condition import AskedCondition
from services.loans.graphql.committees import CommitteeSession, StoredSession, untold
from services.loans.graphql.inputs import GraceMonths, Months
from services.loans.graphql.mutations.decide_application import Votes
from services.loans.usecases.read_sessions import SessionShown, shown
from services.loans.usecases.record_vote import RecordVote, vote_on_item
from services.runtime.fields import LongText, ShortText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField, parse_id


@strawberry.input(description="What a committee asks for.")
class LoanConditionInput:
    text: ShortText = strawberry.field(description="What must be done.")
    precedent: bool = strawberry.field(
        default=True, description="Whether no money leaves before it is lifted."
    )


@strawberry.input(description="A vote on an application of a session's agenda.")
class RecordCommitteeVoteInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    application_id: strawberry.ID = strawberry.field(description="The application.")
    outcome: Outcome = strawberry.field(description="Approved or refused.")
    votes_for: Votes = strawberry.field(description="Votes for.")
    votes_against: Votes = strawberry.field(description="Votes against.")
    abstentions: Votes = strawberry.field(default=0, description="Abstentions.")
    stood_aside: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Members who stood aside: they do not count for the quorum."
    )
    amount_cents: PositiveCentsField | None = strawberry.field(
        default=None, description="The amount granted; as asked by default."
    )
    months: Months | None = strawberry.field(
        default=None, description="The duration granted; as asked by default."
    )
    grace_months: GraceMonths | None = strawberry.field(
        default=None, description="The grace granted; as asked by default."
    )
    conditions: list[LoanConditionInput] = strawberry.field(
        default_factory=list, description="Conditions of the offer."
    )
    reason: LongText | None = strawberry.field(default=None, description="Why.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )

    def order(self) -> RecordVote:
        return RecordVote(
            session_id=parse_id(self.session_id, "/session_id"),
            application_id=parse_id(self.application_id, "/application_id"),
            outcome=self.outcome,
            votes_for=self.votes_for,
            votes_against=self.votes_against,
            abstentions=self.abstentions,
            stood_aside=tuple(
                parse_id(member, f"/stood_aside/{place}") for place, member in enumerate(self.stood_aside)
            ),
            amount_cents=self.amount_cents,
            months=self.months,
            grace_months=self.grace_months,
            conditions=tuple(AskedCondition(one.text, one.precedent) for one in self.conditions),
            reason=self.reason,
        )


RecordCommitteeVoteAnswer = Annotated[
    CommitteeSession | Refusal,
    strawberry.union("RecordCommitteeVoteAnswer", description="The session, or why the vote does not hold."),
]


@strawberry.type
class RecordCommitteeVote:
    @mutation("Records, or corrects, a vote of an open session; it becomes a decision at the closing.")
    async def record_committee_vote(
        self,
        info: Info,
        input: RecordCommitteeVoteInput,  # noqa: A002
    ) -> RecordCommitteeVoteAnswer:
        async def effect(session: AsyncSession, given: RecordCommitteeVoteInput) -> SessionShown:
            caller = info.context.caller
            voted = await vote_on_item(session, caller, given.order(), today=info.context.today)
            return untold((await shown(session, caller, [voted]))[0])

        done = await perform(info, input, effect, stored_as=StoredSession)
        return done if isinstance(done, Refusal) else CommitteeSession.of(done)
