"""What is answered about a fund's committee: its standing members, its sessions, who may vote on what."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.kernel.identifiers import Siren
from services.loans.domain.committee import Member, Outcome
from services.loans.domain.committee_session import (
    ItemOutcome,
    SessionItem,
    SessionMember,
    SessionStatus,
    Vote,
)
from services.loans.domain.standing_member import StandingMember
from services.loans.rest.committee_bodies import MEMBER_ID, SESSION_ID
from services.loans.rest.condition_models import AskedConditionModel
from services.loans.rest.words import APPLICATION_ID, FUND_ID
from services.loans.usecases.read_sessions import SessionShown
from services.runtime.fields import Answer


class StandingMemberAnswer(Answer):
    id: UUID = Field(description="The member's id", examples=[MEMBER_ID])
    fund_id: UUID = Field(description="The fund of whose committee they are", examples=[FUND_ID])
    name: str | None = Field(
        description="The member's name; null for whom names are hidden", examples=["Ada Lovelace"]
    )
    organisation: str | None = Field(
        description="Whom they sit for; null for whom names are hidden", examples=["France Active"]
    )
    siren: Siren | None = Field(description="That organisation's SIREN", examples=["775684194"])
    tied_to: list[Siren] | None = Field(
        description="The CAEs that they are tied to; null for whom names are hidden", examples=[["978592848"]]
    )
    from_on: date = Field(description="The first day that they sit", examples=["2024-01-02"])
    until_on: date | None = Field(description="The last day", examples=["2026-12-31"])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, standing: StandingMember, *, shows_names: bool) -> "StandingMemberAnswer":
        return cls(
            id=standing.id,
            fund_id=standing.fund_id,
            **_words(standing.member, shows_names=shows_names),
            from_on=standing.from_on,
            until_on=standing.until_on,
            created_at=standing.created_at,
        )


class SessionMemberAnswer(Answer):
    id: UUID = Field(description="The member's id in this session", examples=[MEMBER_ID])
    member_id: UUID | None = Field(
        description="Their id on the standing list; null for who sits for this session only",
        examples=[MEMBER_ID],
    )
    name: str | None = Field(
        description="The member's name; null for whom names are hidden", examples=["Ada Lovelace"]
    )
    organisation: str | None = Field(
        description="Whom they sit for; null for whom names are hidden", examples=["France Active"]
    )
    siren: Siren | None = Field(description="That organisation's SIREN", examples=["775684194"])
    tied_to: list[Siren] | None = Field(
        description="The CAEs that they are tied to; null for whom names are hidden", examples=[["978592848"]]
    )
    present: bool = Field(description="Whether they sit", examples=[True])
    represents: str | None = Field(
        description="Whom they sit for, if not their own organisation", examples=["Union régionale"]
    )
    arrived_for_item: int | None = Field(
        description="The number of the first item that they sit for; null from the start", examples=[2]
    )

    @classmethod
    def of(cls, member: SessionMember, *, shows_names: bool) -> "SessionMemberAnswer":
        presence = member.presence
        return cls(
            id=member.id,
            member_id=member.standing_id,
            **_words(member.member, shows_names=shows_names),
            present=presence.is_present,
            represents=presence.represents if shows_names else None,
            arrived_for_item=presence.arrived_for_item,
        )


class VoteAnswer(Answer):
    outcome: Outcome = Field(description="`approved` or `refused`", examples=["approved"])
    votes_for: int = Field(description="Votes for", examples=[3])
    votes_against: int = Field(description="Votes against", examples=[1])
    abstentions: int = Field(description="Abstentions", examples=[0])
    amount_cents: int | None = Field(description="What is granted; null if refused", examples=[600_000])
    months: int | None = Field(description="Over how many months", examples=[36])
    grace_months: int | None = Field(description="Months of grace", examples=[0])
    conditions: list[AskedConditionModel] | None = Field(
        description="Of the offer; null for whom names are hidden"
    )
    reason: str | None = Field(description="Why", examples=["Projet solide, montant ramené au devis"])

    @classmethod
    def of(cls, vote: Vote, *, shows_names: bool) -> "VoteAnswer":
        granted = vote.granted
        return cls(
            outcome=vote.outcome,
            votes_for=vote.votes_for,
            votes_against=vote.votes_against,
            abstentions=vote.abstentions,
            amount_cents=granted and granted.amount_cents,
            months=granted and granted.months,
            grace_months=granted and granted.grace_months,
            conditions=[AskedConditionModel.of(one) for one in vote.conditions] if shows_names else None,
            reason=vote.reason if shows_names else None,
        )


class SessionItemAnswer(Answer):
    number: int = Field(description="Its place on the agenda, from 1", examples=[1])
    application_id: UUID = Field(description="The application", examples=[APPLICATION_ID])
    outcome: ItemOutcome | None = Field(
        description="What became of it at the closing; null before", examples=["approved"]
    )
    must_stand_aside: list[UUID] = Field(
        description="Members who sit for it and are of the applicant's CAE, or tied to it",
        examples=[[MEMBER_ID]],
    )
    stood_aside: list[UUID] = Field(description="Members who stood aside", examples=[[MEMBER_ID]])
    voters: list[UUID] = Field(
        description="Members who may vote on it: who sits for it and does not stand aside; before the vote, "
        "who must is taken as doing so",
        examples=[[MEMBER_ID]],
    )
    quorum: int = Field(description="Fewest voters, by the fund's settings on that day", examples=[3])
    has_quorum: bool = Field(description="Whether there are enough", examples=[True])
    vote: VoteAnswer | None = Field(description="What was voted")

    @classmethod
    def of(cls, shown: SessionShown, item: SessionItem, *, shows_names: bool) -> "SessionItemAnswer":
        sitting = shown.sitting(item)
        return cls(
            number=item.rank,
            application_id=item.application_id,
            outcome=item.outcome,
            must_stand_aside=[member.id for member in sitting.must_stand_aside],
            stood_aside=[member.id for member in sitting.stood_aside],
            voters=[member.id for member in sitting.voters],
            quorum=sitting.quorum,
            has_quorum=sitting.has_quorum,
            vote=None if item.vote is None else VoteAnswer.of(item.vote, shows_names=shows_names),
        )


class SessionAnswer(Answer):
    id: UUID = Field(description="The session's id", examples=[SESSION_ID])
    status: SessionStatus = Field(description="Where it stands", examples=["open"])
    fund_id: UUID = Field(description="The fund whose committee sits", examples=[FUND_ID])
    region: str = Field(description="The fund's region", examples=["84"])
    held_on: date = Field(description="The day of the session", examples=["2024-03-14"])
    place: str | None = Field(description="Where it sits", examples=["Lyon, salle Ampère"])
    quorum: int = Field(description="Fewest voters, by the fund's settings on that day", examples=[3])
    members: list[SessionMemberAnswer] = Field(description="Who is to sit")
    items: list[SessionItemAnswer] = Field(description="The agenda, in order")
    granted_cents: int = Field(description="What its decisions grant, in all", examples=[600_000])
    closed_at: datetime | None = Field(description="When it was closed", examples=["2026-11-22T15:04:05Z"])
    minutes_hash: str | None = Field(
        description="SHA-256 of its minutes, once it is closed", examples=["9f86d081884c7d65"]
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, shown: SessionShown, *, shows_names: bool) -> "SessionAnswer":
        held = shown.session
        return cls(
            id=held.id,
            status=held.status,
            fund_id=held.fund_id,
            region=held.region,
            held_on=held.held_on,
            place=held.place,
            quorum=shown.quorum,
            members=[SessionMemberAnswer.of(one, shows_names=shows_names) for one in held.members],
            items=[SessionItemAnswer.of(shown, one, shows_names=shows_names) for one in held.items],
            granted_cents=held.granted_cents,
            closed_at=held.closed_at,
            minutes_hash=held.minutes_hash,
            created_at=held.created_at,
        )


def _words(member: Member, *, shows_names: bool) -> dict[str, Any]:
    if not shows_names:
        return {"name": None, "organisation": None, "siren": None, "tied_to": None}
    return {
        "name": member.name,
        "organisation": member.organisation,
        "siren": member.siren,
        "tied_to": sorted(member.tied_to),
    }
