"""A fund's committee sessions: who may vote on what, and what was voted; names where they may be read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Self, TypeAlias
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.loans.domain.committee import Outcome
from services.loans.domain.committee_session import (
    ABSENT,
    ItemOutcome,
    SessionItem,
    SessionMember,
    SessionStatus,
    Vote,
)
from services.loans.domain.condition import Condition
from services.loans.graphql import batches, committee_batches
from services.loans.graphql.words import ApplicationType, FundType
from services.loans.usecases.read_sessions import SessionShown
from services.runtime.graphql.connections import Connection
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant
from services.runtime.pagination import encode_cursor

strawberry.enum(SessionStatus, name="CommitteeSessionStatus", description="Where a session stands.")
strawberry.enum(
    ItemOutcome,
    name="CommitteeItemOutcome",
    description="What became of an application at the closing of its session.",
)

StoredSession = RootModel[SessionShown]


def untold(shown: SessionShown) -> SessionShown:
    """Without the names of who sits, nor any free text: what the graph keeps of a session."""
    held = shown.session
    members = tuple(
        replace(
            one,
            member=replace(one.member, name="", organisation=""),
            presence=replace(one.presence or ABSENT, represents=None),
        )
        for one in held.members
    )
    items = tuple(
        replace(
            item,
            applicant=None,
            vote=None if item.vote is None else replace(item.vote, conditions=(), reason=None),
        )
        for item in held.items
    )
    return replace(shown, session=replace(held, place=None, members=members, items=items, closed_by=None))


@strawberry.type(description="A condition of an offer. A precedent one is lifted before the money is paid.")
class LoanCondition:
    id: UUID = strawberry.field(description="Its id.")
    precedent: bool = strawberry.field(description="Whether no money leaves before it is lifted.")
    lifted_on: date | None = strawberry.field(description="The day it was met.")
    fund_id: strawberry.Private[UUID]
    condition: strawberry.Private[Condition]

    @resolved("What must be done; null for partners, unless the fund lets them read names.")
    async def text(self, info: Info) -> str | None:
        is_told = await info.context.load(batches.naming_funds, self.fund_id)
        return self.condition.text if is_told else None

    @classmethod
    def of(cls, condition: Condition, fund_id: UUID) -> Self:
        return cls(
            id=condition.id,
            precedent=condition.is_precedent,
            lifted_on=condition.lifting.on if condition.lifting else None,
            fund_id=fund_id,
            condition=condition,
        )


@strawberry.type(description="One who sits in a session.")
class CommitteeSessionMember:
    id: UUID = strawberry.field(description="Their id in this session.")
    present: bool = strawberry.field(description="Whether they sit.")
    arrived_for_item: int | None = strawberry.field(
        description="The number of the first item that they sit for; null from the start."
    )
    name: str | None = strawberry.field(
        description="Their name; null for partners, unless the fund lets them."
    )
    organisation: str | None = strawberry.field(
        description="Whom they sit for; null for whom names are hidden."
    )

    @classmethod
    def of(cls, member: SessionMember, named: SessionMember | None) -> Self:
        return cls(
            id=member.id,
            present=member.presence.is_present,
            arrived_for_item=member.presence.arrived_for_item,
            name=named.member.name if named else None,
            organisation=named.member.organisation if named else None,
        )


@strawberry.type(description="What a session voted on an application.")
class CommitteeVote:
    outcome: Outcome = strawberry.field(description="Approved or refused.")
    votes_for: int = strawberry.field(description="Votes for.")
    votes_against: int = strawberry.field(description="Votes against.")
    abstentions: int = strawberry.field(description="Abstentions.")
    amount_cents: Cents | None = strawberry.field(description="The amount granted; null for a refusal.")
    months: int | None = strawberry.field(description="The duration granted; null for a refusal.")
    grace_months: int | None = strawberry.field(description="The grace granted; null for a refusal.")

    @classmethod
    def of(cls, vote: Vote) -> Self:
        granted = vote.granted
        return cls(
            outcome=vote.outcome,
            votes_for=vote.votes_for,
            votes_against=vote.votes_against,
            abstentions=vote.abstentions,
            amount_cents=Cents(granted.amount_cents) if granted else None,
            months=granted.months if granted else None,
            grace_months=granted.grace_months if granted else None,
        )


@strawberry.type(description="An application on a session's agenda.")
class CommitteeSessionItem:
    number: int = strawberry.field(description="Its place on the agenda, from 1.")
    outcome: ItemOutcome | None = strawberry.field(description="What became of it; null before the closing.")
    must_stand_aside: list[strawberry.ID] = strawberry.field(
        description="Members who sit for it and are of the applicant's CAE, or tied to it."
    )
    stood_aside: list[strawberry.ID] = strawberry.field(description="Members who stood aside.")
    voters: list[strawberry.ID] = strawberry.field(description="Members who may vote on it.")
    quorum: int = strawberry.field(description="Fewest voters, by the fund's settings on that day.")
    has_quorum: bool = strawberry.field(description="Whether there are enough.")
    vote: CommitteeVote | None = strawberry.field(description="What was voted.")
    application_id: UUID = strawberry.field(description="The application's id.")

    @resolved("The application.")
    async def application(self, info: Info) -> ApplicationType | None:
        from services.loans.graphql.applications import LoanApplication  # noqa: PLC0415

        found = await info.context.load(committee_batches.applications_by_id, self.application_id)
        return LoanApplication.of(found) if found else None

    @classmethod
    def of(cls, shown: SessionShown, item: SessionItem) -> Self:
        sitting = shown.sitting(item)
        return cls(
            number=item.rank,
            outcome=item.outcome,
            must_stand_aside=_ids(sitting.must_stand_aside),
            stood_aside=_ids(sitting.stood_aside),
            voters=_ids(sitting.voters),
            quorum=sitting.quorum,
            has_quorum=sitting.has_quorum,
            vote=None if item.vote is None else CommitteeVote.of(item.vote),
            application_id=item.application_id,
        )


@strawberry.type(description="A session of a fund's committee. Once it is closed it no longer changes.")
class CommitteeSession:
    id: UUID = strawberry.field(description="Its id.")
    status: SessionStatus = strawberry.field(description="Where it stands.")
    held_on: date = strawberry.field(description="The day of the session.")
    quorum: int = strawberry.field(description="Fewest voters, by the fund's settings on that day.")
    items: list[CommitteeSessionItem] = strawberry.field(description="Its agenda, in order.")
    granted_cents: Cents = strawberry.field(description="What its decisions grant, in all.")
    closed_at: Instant | None = strawberry.field(description="When it was closed.")
    minutes_hash: str | None = strawberry.field(description="SHA-256 of its minutes, once it is closed.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    shown: strawberry.Private[SessionShown]

    @resolved("Who is to sit.")
    async def members(self, info: Info) -> list[CommitteeSessionMember]:
        named = await info.context.load(committee_batches.named_members, self.id) or ()
        by_id = {member.id: member for member in named}
        return [
            CommitteeSessionMember.of(member, by_id.get(member.id)) for member in self.shown.session.members
        ]

    @resolved("The fund whose committee sits.")
    async def fund(self, info: Info) -> FundType:
        return await batches.fund_of(info.context, self.shown.session.fund_id)

    @classmethod
    def of(cls, shown: SessionShown) -> Self:
        held = shown.session
        return cls(
            id=held.id,
            status=held.status,
            held_on=held.held_on,
            quorum=shown.quorum,
            items=[CommitteeSessionItem.of(shown, item) for item in held.items],
            granted_cents=Cents(held.granted_cents),
            closed_at=None if held.closed_at is None else Instant(held.closed_at),
            minutes_hash=held.minutes_hash,
            created_at=Instant(held.created_at),
            shown=shown,
        )


Sessions: TypeAlias = Connection[CommitteeSession]


def cursor_of_session(shown: SessionShown) -> str:
    return encode_cursor(str(shown.session.id))


def _ids(members: Sequence[SessionMember]) -> list[strawberry.ID]:
    return [strawberry.ID(str(member.id)) for member in members]
