"""An application to a fund, and what its committee decided."""

from dataclasses import replace
from datetime import date
from typing import Self
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.kernel.contracts import ContractKind
from services.loans.domain.application import Application, ApplicationStatus, Decision
from services.loans.domain.committee import Outcome
from services.loans.graphql import batches, committee_batches
from services.loans.graphql.borrowers import LoanBorrower
from services.loans.graphql.committees import CommitteeSession, LoanCondition
from services.loans.graphql.loans import Loan, without_person
from services.loans.graphql.words import (
    CaeType,
    EntrepreneurType,
    FundType,
    LoanType,
    RegionType,
    SessionType,
)
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant

StoredApplication = RootModel[Application]


def unnamed(application: Application) -> Application:
    """Without the names of borrower, committee and officer, the bank account, nor any free text."""
    decision = application.decision
    if decision is not None:
        decision = replace(
            decision,
            committee=replace(decision.committee, present=(), stood_aside=()),
            conditions=(),
            reason=None,
            decided_by=None,
        )
    return replace(
        application,
        borrower=without_person(application.borrower),
        bank=None,
        purpose="",
        ended_reason=None,
        decision=decision,
    )


@strawberry.type(description="What a committee decided of an application.")
class CommitteeDecision:
    outcome: Outcome = strawberry.field(description="Approved or refused.")
    held_on: date = strawberry.field(description="The day of the session.")
    votes_for: int | None = strawberry.field(description="Votes for; null for CAEs.")
    votes_against: int | None = strawberry.field(description="Votes against; null for CAEs.")
    abstentions: int | None = strawberry.field(description="Abstentions; null for CAEs.")
    amount_cents: Cents | None = strawberry.field(description="The amount granted; null for a refusal.")
    months: int | None = strawberry.field(description="The duration granted; null for a refusal.")
    grace_months: int | None = strawberry.field(description="The grace granted; null for a refusal.")

    @classmethod
    def of(cls, decision: Decision) -> Self:
        granted, committee = decision.granted, decision.committee
        return cls(
            outcome=decision.outcome,
            held_on=committee.held_on,
            votes_for=committee.votes_for if committee.is_told else None,
            votes_against=committee.votes_against if committee.is_told else None,
            abstentions=committee.abstentions if committee.is_told else None,
            amount_cents=Cents(granted.amount_cents) if granted else None,
            months=granted.months if granted else None,
            grace_months=granted.grace_months if granted else None,
        )


@strawberry.type(description="A request for a loan.")
class LoanApplication:
    id: UUID = strawberry.field(description="Its id.")
    number: str | None = strawberry.field(
        description="The fund's own number for it, which its loan will have."
    )
    status: ApplicationStatus = strawberry.field(description="Where it stands.")
    amount_cents: Cents = strawberry.field(description="The amount asked.")
    months: int = strawberry.field(description="The duration asked.")
    grace_months: int = strawberry.field(description="The grace asked.")
    submitted_on: date | None = strawberry.field(description="When it was submitted, if the paper says.")
    submission_settings_version: int | None = strawberry.field(
        description="The version of the fund's rules that it was submitted under."
    )
    decision_settings_version: int | None = strawberry.field(
        description="The version that it was decided under: its offer and its loan keep to it."
    )
    signed_on: date | None = strawberry.field(description="When the offer was signed.")
    ended_on: date | None = strawberry.field(description="When it ended without a loan.")
    open_questions: int | None = strawberry.field(
        description="Questions without an answer; null for whom they are not."
    )
    contract_kind: ContractKind = strawberry.field(description="What binds the applicant to the CAE.")
    cae_name: str = strawberry.field(description="The CAE's name in this dossier.")
    decision: CommitteeDecision | None = strawberry.field(description="What the committee decided.")
    entrepreneur_reference: str = strawberry.field(description="The CAE's own reference for the applicant.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    application: strawberry.Private[Application]

    @resolved("The applicant's CAE.")
    def cae(self) -> CaeType:
        from services.loans.graphql.caes import Cae  # noqa: PLC0415 - the types point at each other

        return Cae(siren=self.application.borrower.cae.siren)

    @resolved("Who applies; null for partners, unless the fund lets them read names.")
    async def borrower(self, info: Info) -> LoanBorrower | None:
        return LoanBorrower.of(await info.context.load(batches.borrowers_of_applications, self.id))

    @resolved("The applicant, by an id that tells nothing of who they are.")
    def entrepreneur(self) -> EntrepreneurType:
        from services.loans.graphql.entrepreneurs import Entrepreneur  # noqa: PLC0415

        return Entrepreneur(id=self.application.borrower.entrepreneur_id)

    @resolved("The fund's region.")
    def region(self) -> RegionType:
        from services.loans.graphql.regions import Region  # noqa: PLC0415

        return Region(code=strawberry.ID(self.application.region))

    @resolved("The fund that it is made to.")
    async def fund(self, info: Info) -> FundType:
        return await batches.fund_of(info.context, self.application.fund_id)

    @resolved("What the committee asks for, and what of it is met.")
    async def conditions(self, info: Info) -> list[LoanCondition]:
        found = await info.context.load(committee_batches.conditions_of_applications, self.id) or ()
        return [LoanCondition.of(one, self.application.fund_id) for one in found]

    @resolved("The last session on whose agenda it stood; not for CAEs.")
    async def session(self, info: Info) -> SessionType | None:
        found = await info.context.load(committee_batches.sessions_of_applications, self.id)
        return CommitteeSession.of(found) if found else None

    @resolved("The loan that it became; null before the disbursement.")
    async def loan(self, info: Info) -> LoanType | None:
        if self.application.loan_id is None:
            return None
        found = await info.context.load(batches.loans_by_id, self.application.loan_id)
        return Loan.of(found, info.context) if found else None

    @classmethod
    def of(cls, application: Application) -> Self:
        borrower, asked = application.borrower, application.asked
        return cls(
            id=application.id,
            number=application.number,
            status=application.status,
            amount_cents=Cents(asked.amount_cents),
            months=asked.months,
            grace_months=asked.grace_months,
            submitted_on=application.submitted_on,
            submission_settings_version=application.submission_settings_version,
            decision_settings_version=application.decision_settings_version,
            signed_on=application.signed_on,
            ended_on=application.ended_on,
            open_questions=application.open_questions,
            contract_kind=borrower.contract.kind,
            cae_name=borrower.cae.name,
            decision=CommitteeDecision.of(application.decision) if application.decision else None,
            entrepreneur_reference=application.borrower.reference,
            created_at=Instant(application.created_at),
            application=application,
        )
