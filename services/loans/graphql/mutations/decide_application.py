"""The committee decides of an application."""

from typing import Annotated

import strawberry
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.application import Application
from services.loans.domain.committee import Committee, Member, Outcome
from services.loans.domain.condition import AskedCondition
from services.loans.graphql.applications import LoanApplication, StoredApplication, unnamed
from services.loans.graphql.inputs import GraceMonths, Months
from services.loans.usecases import decide_application
from services.runtime.fields import BusinessDate, LongText, ShortText, SirenField
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField, parse_id

Votes = Annotated[int, Field(ge=0, le=1_000)]


@strawberry.input(description="Who sat.")
class CommitteeMemberInput:
    name: ShortText = strawberry.field(description="The person's name.")
    organisation: ShortText = strawberry.field(description="Whom they sit for.")
    siren: SirenField | None = strawberry.field(default=None, description="That organisation's SIREN.")


@strawberry.input(description="Who stood aside, for a conflict of interest.")
class StoodAsideInput:
    name: ShortText = strawberry.field(description="The name, as among those present.")


@strawberry.input(description="A session of the committee.")
class CommitteeInput:
    held_on: BusinessDate = strawberry.field(description="The day of the session.")
    present: list[CommitteeMemberInput] = strawberry.field(description="Who sat.")
    votes_for: Votes = strawberry.field(description="Votes for.")
    votes_against: Votes = strawberry.field(description="Votes against.")
    abstentions: Votes = strawberry.field(default=0, description="Abstentions.")
    stood_aside: list[StoodAsideInput] = strawberry.field(
        default_factory=list, description="Who stood aside: they do not count for the quorum."
    )

    def to_committee(self) -> Committee:
        return Committee(
            held_on=self.held_on,
            present=tuple(Member(member.name, member.organisation, member.siren) for member in self.present),
            stood_aside=tuple(aside.name for aside in self.stood_aside),
            votes_for=self.votes_for,
            votes_against=self.votes_against,
            abstentions=self.abstentions,
        )


@strawberry.input(description="What a committee decided of an application.")
class DecideApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    outcome: Outcome = strawberry.field(description="Approved or refused.")
    committee: CommitteeInput = strawberry.field(description="The session.")
    amount_cents: PositiveCentsField | None = strawberry.field(
        default=None, description="The amount granted; as asked by default."
    )
    months: Months | None = strawberry.field(
        default=None, description="The duration granted; as asked by default."
    )
    grace_months: GraceMonths | None = strawberry.field(
        default=None, description="The grace granted; as asked by default."
    )
    conditions: list[LongText] = strawberry.field(
        default_factory=list, description="Conditions precedent: lifted before the money is paid."
    )
    reason: LongText | None = strawberry.field(default=None, description="Why.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


DecideApplicationAnswer = Annotated[
    LoanApplication | Refusal,
    strawberry.union("DecideApplicationAnswer", description="The application, or why it was not decided."),
]


@strawberry.type
class DecideApplication:
    @mutation("Records a committee's decision; an approval promises only money that the fund has.")
    async def decide_application(
        self,
        info: Info,
        input: DecideApplicationInput,  # noqa: A002
    ) -> DecideApplicationAnswer:
        async def effect(session: AsyncSession, given: DecideApplicationInput) -> Application:
            order = decide_application.DecideApplication(
                application_id=parse_id(given.application_id, "/application_id"),
                outcome=given.outcome,
                committee=given.committee.to_committee(),
                amount_cents=given.amount_cents,
                months=given.months,
                grace_months=given.grace_months,
                conditions=tuple(AskedCondition(text) for text in given.conditions),
                reason=given.reason,
            )
            decided = await decide_application.decide_application(
                session, info.context.caller, order, today=info.context.today
            )
            return unnamed(decided)

        done = await perform(info, input, effect, stored_as=StoredApplication)
        return done if isinstance(done, Refusal) else LoanApplication.of(done)
