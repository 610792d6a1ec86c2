"""What is said of a fund's committee: its standing members, and the sessions that it holds."""

from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from services.loans.domain.committee import Member, Outcome
from services.loans.domain.committee_session import Presence
from services.loans.rest.condition_models import MOST_CONDITIONS, ConditionField
from services.loans.rest.words import APPLICATION_ID, FUND_ID
from services.loans.usecases.open_session import RecordAttendance
from services.loans.usecases.plan_session import PlanSession
from services.loans.usecases.record_vote import RecordVote
from services.loans.usecases.set_agenda import SetAgenda
from services.loans.usecases.standing_members import AddStandingMember, EndStandingMember
from services.runtime.fields import (
    Body,
    BusinessDate,
    LongText,
    PositiveCents,
    ShortText,
    SirenField,
)

MOST_MEMBERS = 100
MOST_ITEMS = 200
MOST_TIES = 50
LONGEST_MONTHS = 600
MEMBER_ID = "01976b2e-7a00-7c3d-9e11-0c5a7f2d4b61"
SESSION_ID = "01976b2e-7a00-7c3d-9e11-0c5a7f2d4b62"


class CommitteeMemberBody(Body):
    """One who sits: for whom, and the CAEs that they are tied to."""

    name: ShortText = Field(description="The member's name", examples=["Ada Lovelace"])
    organisation: ShortText = Field(description="Whom the member sits for", examples=["France Active"])
    siren: SirenField | None = Field(None, description="That organisation's SIREN", examples=["775684194"])
    tied_to: list[SirenField] | None = Field(
        None,
        max_length=MOST_TIES,
        description="SIRENs of the CAEs that the member is tied to: for their applicants, they stand aside",
        examples=[["978592848"]],
    )

    def member(self) -> Member:
        return Member(self.name, self.organisation, self.siren, frozenset(self.tied_to or ()))


class StandingMemberBody(CommitteeMemberBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Ada Lovelace",
                    "organisation": "France Active",
                    "siren": "775684194",
                    "tied_to": ["978592848"],
                    "from_on": "2024-01-02",
                }
            ]
        }
    )

    from_on: BusinessDate = Field(description="The first day that they sit", examples=["2024-01-02"])
    until_on: BusinessDate | None = Field(None, description="The last day, if known", examples=["2026-12-31"])

    def order(self, fund_id: UUID) -> AddStandingMember:
        return AddStandingMember(fund_id, self.member(), self.from_on, self.until_on)


class StandingMemberEndBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"until_on": "2025-12-31"}]})

    until_on: BusinessDate = Field(description="The last day that they sit", examples=["2025-12-31"])

    def order(self, member_id: UUID) -> EndStandingMember:
        return EndStandingMember(member_id, self.until_on)


class SessionBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"fund_id": FUND_ID, "held_on": "2024-03-14", "place": "Lyon, salle Ampère"}]
        }
    )

    fund_id: UUID = Field(description="The fund whose committee sits", examples=[FUND_ID])
    held_on: BusinessDate = Field(
        description="The day of the session; may be to come", examples=["2024-03-14"]
    )
    place: ShortText | None = Field(None, description="Where it sits", examples=["Lyon, salle Ampère"])
    member_ids: list[UUID] | None = Field(
        None,
        max_length=MOST_MEMBERS,
        description="Of the standing list, who is to sit; all who sit on that day if absent",
        examples=[[MEMBER_ID]],
    )
    members: list[CommitteeMemberBody] | None = Field(
        None, max_length=MOST_MEMBERS, description="Who sits for this session only"
    )

    def order(self) -> PlanSession:
        return PlanSession(
            fund_id=self.fund_id,
            held_on=self.held_on,
            place=self.place,
            member_ids=None if self.member_ids is None else tuple(dict.fromkeys(self.member_ids)),
            members=tuple(member.member() for member in self.members or ()),
        )


class AgendaBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"application_ids": [APPLICATION_ID]}]})

    application_ids: list[UUID] = Field(
        max_length=MOST_ITEMS,
        description="Applications under review of the fund, in the order of the agenda; the whole of it",
        examples=[[APPLICATION_ID]],
    )

    def order(self, session_id: UUID) -> SetAgenda:
        return SetAgenda(session_id, tuple(dict.fromkeys(self.application_ids)))


class PresenceBody(Body):
    member_id: UUID = Field(description="A member of the session", examples=[MEMBER_ID])
    present: StrictBool = Field(description="Whether they sit", examples=[True])
    represents: ShortText | None = Field(
        None, description="Whom they sit for, if not their own organisation", examples=["Union régionale"]
    )
    arrived_for_item: int | None = Field(
        None,
        ge=1,
        le=MOST_ITEMS,
        description="The number on the agenda of the first item that they sit for; from the start if absent",
        examples=[2],
    )

    def presence(self) -> Presence:
        return Presence(self.present, self.represents, self.arrived_for_item if self.present else None)


class AttendanceBody(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"attendance": [{"member_id": MEMBER_ID, "present": True}]}]}
    )

    attendance: list[PresenceBody] = Field(
        min_length=1, max_length=MOST_MEMBERS, description="Of the members that it names"
    )

    def order(self, session_id: UUID) -> RecordAttendance:
        return RecordAttendance(session_id, tuple((one.member_id, one.presence()) for one in self.attendance))


class EmptyBody(Body):
    """Nothing to say."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class VoteBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "votes_for": 3,
                    "votes_against": 1,
                    "abstentions": 0,
                    "stood_aside": [MEMBER_ID],
                    "outcome": "approved",
                    "amount_cents": 600_000,
                    "conditions": [{"text": "Attestation d'assurance", "precedent": True}],
                    "reason": "Projet solide, montant ramené au devis",
                }
            ]
        }
    )

    votes_for: int = Field(ge=0, le=MOST_MEMBERS, description="Votes for", examples=[3])
    votes_against: int = Field(ge=0, le=MOST_MEMBERS, description="Votes against", examples=[1])
    abstentions: int | None = Field(
        None, ge=0, le=MOST_MEMBERS, description="Abstentions; none if absent", examples=[0]
    )
    stood_aside: list[UUID] | None = Field(
        None, max_length=MOST_MEMBERS, description="Members who stood aside", examples=[[MEMBER_ID]]
    )
    outcome: Outcome = Field(description="`approved` or `refused`", examples=["approved"])
    amount_cents: PositiveCents | None = Field(
        None, description="What is granted, in cents; as asked if absent", examples=[600_000]
    )
    months: int | None = Field(
        None, ge=1, le=LONGEST_MONTHS, description="Over how many months; as asked if absent", examples=[36]
    )
    grace_months: int | None = Field(
        None, ge=0, le=LONGEST_MONTHS, description="Months of grace; as asked if absent", examples=[0]
    )
    conditions: list[ConditionField] | None = Field(
        None,
        max_length=MOST_CONDITIONS,
        description="Of the offer; a plain text is a condition precedent",
        examples=[["Attestation d'assurance"]],
    )
    reason: LongText | None = Field(
        None, description="Why it is so decided", examples=["Projet solide, montant ramené au devis"]
    )

    def order(self, session_id: UUID, application_id: UUID) -> RecordVote:
        return RecordVote(
            session_id=session_id,
            application_id=application_id,
            outcome=self.outcome,
            votes_for=self.votes_for,
            votes_against=self.votes_against,
            abstentions=self.abstentions or 0,
            stood_aside=tuple(self.stood_aside or ()),
            amount_cents=self.amount_cents,
            months=self.months,
            grace_months=self.grace_months,
            conditions=tuple(condition.asked() for condition in self.conditions or ()),
            reason=self.reason,
        )
