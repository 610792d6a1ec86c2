"""Bodies and answers about applications, from submission to disbursement."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.kernel.identifiers import Siren
from services.loans.domain.application import Application, ApplicationStatus, Decision
from services.loans.domain.committee import Committee, Member, Outcome
from services.loans.rest.committee_bodies import SESSION_ID
from services.loans.rest.condition_models import MOST_CONDITIONS, ConditionAnswer, ConditionField
from services.loans.rest.words import (
    APPLICATION_ID,
    FUND_ID,
    LOAN_ID,
    BankAnswer,
    CaeAnswer,
    EntrepreneurAnswer,
)
from services.loans.usecases.application_form import LONGEST_MONTHS
from services.loans.usecases.decide_application import DecideApplication
from services.loans.usecases.disburse_loan import DisburseLoan
from services.runtime.fields import (
    Answer,
    Body,
    BusinessDate,
    LongText,
    PositiveCents,
    Reference,
    ShortText,
    SirenField,
)

MOST_MEMBERS = 100


class ReasonBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Autre financement obtenu"}]})

    reason: LongText | None = Field(None, description="Why", examples=["Autre financement obtenu"])


class WithdrawalBody(ReasonBody):
    withdrawn_on: BusinessDate | None = Field(
        None, description="The date of the paper; today if absent", examples=["2024-03-01"]
    )


class DeclineBody(ReasonBody):
    declined_on: BusinessDate | None = Field(
        None, description="The date of the paper; today if absent", examples=["2024-03-20"]
    )


class CancellationBody(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cancelled_on": "2024-04-15", "reason": "Le projet est abandonné"}]}
    )

    cancelled_on: BusinessDate = Field(description="The date of the paper", examples=["2024-04-15"])
    reason: LongText = Field(description="Why it will not be paid", examples=["Le projet est abandonné"])


class ReviewBody(Body):
    """Nothing to say."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class MemberModel(Body):
    name: ShortText = Field(description="The member's name", examples=["Ada Lovelace"])
    organisation: ShortText = Field(description="Whom the member sits for", examples=["France Active"])
    siren: SirenField | None = Field(
        None,
        description="That organisation's SIREN; the applicant's own CAE must stand aside",
        examples=["775684194"],
    )


class StoodAsideModel(Body):
    name: ShortText = Field(description="A name among those present", examples=["Ada Lovelace"])


class CommitteeModel(Body):
    held_on: BusinessDate = Field(description="The day of the session", examples=["2024-03-14"])
    present: list[MemberModel] = Field(
        min_length=1, max_length=MOST_MEMBERS, description="Who sat, those who stood aside included"
    )
    stood_aside: list[StoodAsideModel] = Field(
        max_length=MOST_MEMBERS, default_factory=list, description="Who did not take part in the decision"
    )
    votes_for: int = Field(ge=0, le=MOST_MEMBERS, description="Votes for", examples=[3])
    votes_against: int = Field(ge=0, le=MOST_MEMBERS, description="Votes against", examples=[0])
    abstentions: int | None = Field(
        None, ge=0, le=MOST_MEMBERS, description="Abstentions; none if absent", examples=[0]
    )

    def committee(self) -> Committee:
        return Committee(
            held_on=self.held_on,
            present=tuple(Member(member.name, member.organisation, member.siren) for member in self.present),
            stood_aside=tuple(member.name for member in self.stood_aside),
            votes_for=self.votes_for,
            votes_against=self.votes_against,
            abstentions=self.abstentions or 0,
        )


class DecisionBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "approved",
                    "committee": {
                        "held_on": "2024-03-14",
                        "present": [
                            {"name": "Ada Lovelace", "organisation": "France Active"},
                            {"name": "Blaise Pascal", "organisation": "Région Auvergne-Rhône-Alpes"},
                            {"name": "Claude Bernard", "organisation": "Caisse des Dépôts"},
                        ],
                        "stood_aside": [],
                        "votes_for": 3,
                        "votes_against": 0,
                    },
                    "amount_cents": 800_000,
                    "months": 36,
                    "grace_months": 0,
                    "conditions": ["Attestation d'assurance"],
                    "reason": "Projet solide, débouchés établis",
                }
            ]
        }
    )

    outcome: Outcome = Field(description="`approved` or `refused`", examples=["approved"])
    committee: CommitteeModel = Field(description="The session that decided")
    amount_cents: PositiveCents | None = Field(
        None, description="What is granted, in cents; as asked if absent", examples=[800_000]
    )
    months: int | None = Field(
        None, ge=1, le=LONGEST_MONTHS, description="Over how many months; as asked if absent", examples=[36]
    )
    grace_months: int | None = Field(
        None, ge=0, le=LONGEST_MONTHS, description="Months of grace; as asked if absent", examples=[0]
    )
    conditions: list[ConditionField] = Field(
        default_factory=list,
        max_length=MOST_CONDITIONS,
        description="What must be done; a plain text is a condition precedent",
        examples=[["Attestation d'assurance"]],
    )
    reason: LongText | None = Field(
        None, description="Why it is so decided", examples=["Projet solide, débouchés établis"]
    )

    def order(self, application_id: UUID) -> DecideApplication:
        return DecideApplication(
            application_id=application_id,
            outcome=self.outcome,
            committee=self.committee.committee(),
            amount_cents=self.amount_cents,
            months=self.months,
            grace_months=self.grace_months,
            conditions=tuple(condition.asked() for condition in self.conditions),
            reason=self.reason,
        )


class SignatureBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"signed_on": "2024-03-25"}]})

    signed_on: BusinessDate = Field(description="The day the offer was signed", examples=["2024-03-25"])


class DisbursementBody(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"disbursed_on": "2024-04-02", "reference": "VIR-2024-0412"}]}
    )

    disbursed_on: BusinessDate = Field(
        description="The day the money left; due dates are counted from it", examples=["2024-04-02"]
    )
    reference: Reference | None = Field(
        None, description="The payment's reference", examples=["VIR-2024-0412"]
    )

    amount_cents: PositiveCents | None = Field(
        None,
        description="A first tranche, less than what is granted: the schedule starts at the last one."
        " Absent: all of it",
        examples=[300_000],
    )

    def order(self, application_id: UUID) -> DisburseLoan:
        return DisburseLoan(application_id, self.disbursed_on, self.reference, self.amount_cents)


class MemberAnswer(Answer):
    name: str = Field(description="The member's name", examples=["Ada Lovelace"])
    organisation: str = Field(description="Whom the member sits for", examples=["France Active"])
    siren: Siren | None = Field(description="That organisation's SIREN", examples=["775684194"])
    stood_aside: bool = Field(description="Whether the member stood aside", examples=[False])


class DecisionAnswer(Answer):
    outcome: Outcome = Field(description="`approved` or `refused`", examples=["approved"])
    held_on: date = Field(description="The day of the session", examples=["2024-03-14"])
    present: list[MemberAnswer] | None = Field(
        description="Who sat; null for CAEs, and for whom names are hidden"
    )
    session_id: UUID | None = Field(
        description="The session that decided it with others; null where it was recorded alone",
        examples=[SESSION_ID],
    )
    votes_for: int | None = Field(description="Votes for; null for CAEs", examples=[3])
    votes_against: int | None = Field(description="Votes against; null for CAEs", examples=[0])
    abstentions: int | None = Field(description="Abstentions; null for CAEs", examples=[0])
    amount_cents: int | None = Field(description="What is granted; null if refused", examples=[800_000])
    months: int | None = Field(description="Over how many months", examples=[36])
    grace_months: int | None = Field(description="Months of grace", examples=[0])
    conditions: list[str] | None = Field(
        description="What must be done before the money is paid; null for whom names are hidden",
        examples=[["Attestation d'assurance"]],
    )
    reason: str | None = Field(description="Why", examples=["Projet solide, débouchés établis"])

    @classmethod
    def of(cls, decision: Decision, *, shows_names: bool) -> "DecisionAnswer":
        committee, granted = decision.committee, decision.granted
        return cls(
            outcome=decision.outcome,
            held_on=committee.held_on,
            present=_members(committee) if shows_names and committee.is_told else None,
            session_id=decision.session_id,
            votes_for=committee.votes_for if committee.is_told else None,
            votes_against=committee.votes_against if committee.is_told else None,
            abstentions=committee.abstentions if committee.is_told else None,
            amount_cents=granted and granted.amount_cents,
            months=granted and granted.months,
            grace_months=granted and granted.grace_months,
            conditions=[one.text for one in decision.conditions] if shows_names else None,
            reason=decision.reason if shows_names else None,
        )


def _conditions(decision: Decision, *, shows_names: bool) -> list[ConditionAnswer]:
    shows_officers = shows_names and decision.committee.is_told
    return [
        ConditionAnswer.of(one, shows_names=shows_names, shows_officers=shows_officers)
        for one in decision.conditions
    ]


def _members(committee: Committee) -> list[MemberAnswer]:
    return [
        MemberAnswer(
            name=member.name,
            organisation=member.organisation,
            siren=member.siren,
            stood_aside=committee.stands_aside(member),
        )
        for member in committee.present
    ]


class ApplicationAnswer(Answer):
    id: UUID = Field(description="The application's id", examples=[APPLICATION_ID])
    status: ApplicationStatus = Field(description="Where it stands", examples=["approved"])
    fund_id: UUID = Field(description="The fund that is asked", examples=[FUND_ID])
    region: str = Field(description="The fund's region", examples=["84"])
    number: str | None = Field(description="The operator's own number", examples=["PH-84-0241"])
    cae: CaeAnswer = Field(description="The CAE that hosts the person")
    entrepreneur: EntrepreneurAnswer = Field(description="The person who borrows")
    bank: BankAnswer | None = Field(
        description="Where the loan is paid, masked; null for whom names are hidden"
    )
    amount_cents: int = Field(description="What is asked, in cents", examples=[800_000])
    months: int = Field(description="Over how many months", examples=[36])
    grace_months: int = Field(description="Months of grace", examples=[0])
    purpose: str | None = Field(
        description="What the loan is for; null for whom names are hidden", examples=["Un four de boulanger"]
    )
    submitted_on: date | None = Field(description="The date of the paper", examples=["2024-02-20"])
    submission_settings_version: int | None = Field(
        description="The version of the fund's settings that it was submitted under", examples=[1]
    )
    decision: DecisionAnswer | None = Field(description="What the committee decided")
    decision_settings_version: int | None = Field(
        description="The version that it was decided under: its offer and its loan keep to it", examples=[1]
    )
    conditions: list[ConditionAnswer] = Field(description="The offer's conditions, and what lifted each")
    signed_on: date | None = Field(description="The day the offer was signed", examples=["2024-03-25"])
    ended_on: date | None = Field(
        description="The day it was withdrawn, declined or cancelled; the first on which a lapsed offer no "
        "longer stood",
        examples=["2024-03-20"],
    )
    ended_reason: str | None = Field(
        description="Why it was withdrawn, declined or cancelled", examples=["Autre financement obtenu"]
    )
    open_questions: int | None = Field(
        description="Questions without an answer; null for whom they are not", examples=[0]
    )
    loan_id: UUID | None = Field(description="The loan, once disbursed", examples=[LOAN_ID])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, application: Application, *, shows_names: bool) -> "ApplicationAnswer":
        bank, decision = application.bank, application.decision
        return cls(
            id=application.id,
            status=application.status,
            fund_id=application.fund_id,
            region=application.region,
            number=application.number,
            cae=CaeAnswer.of(application.borrower.cae),
            entrepreneur=EntrepreneurAnswer.of(application.borrower, shows_names=shows_names),
            bank=BankAnswer.of(bank) if bank is not None and shows_names else None,
            amount_cents=application.asked.amount_cents,
            months=application.asked.months,
            grace_months=application.asked.grace_months,
            purpose=application.purpose if shows_names else None,
            submitted_on=application.submitted_on,
            submission_settings_version=application.submission_settings_version,
            decision_settings_version=application.decision_settings_version,
            decision=None if decision is None else DecisionAnswer.of(decision, shows_names=shows_names),
            conditions=[] if decision is None else _conditions(decision, shows_names=shows_names),
            signed_on=application.signed_on,
            ended_on=application.ended_on,
            ended_reason=application.ended_reason if shows_names else None,
            open_questions=application.open_questions,
            loan_id=application.loan_id,
            created_at=application.created_at,
        )
