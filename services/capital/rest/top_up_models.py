"""Bodies and answers about top-ups."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.top_ups import TopUp
from services.capital.rest.version_models import Criterion
from services.capital.rest.words import (
    SCHEME_ID,
    SIRET,
    TOP_UP_ID,
    CaeAnswer,
    CaeBody,
    EntrepreneurAnswer,
    EntrepreneurBody,
)
from services.capital.usecases.request_top_ups import DeclaredPerson, RequestTopUp
from services.runtime.fields import Answer, Body, BusinessDate, Cents, LongText, Reference


class TopUpBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "scheme_id": SCHEME_ID,
                    "cae": {"siret": SIRET, "name": "Coopérative Tournesol"},
                    "entrepreneur": {
                        "reference": "T-0417",
                        "given_name": "Awa",
                        "family_name": "Le Goff",
                        "contract": {
                            "kind": "CESA",
                            "started_on": "2026-03-01",
                            "cape_started_on": "2025-03-01",
                            "cape_ended_on": "2026-02-28",
                        },
                    },
                    "subscribed_cents": 200_000,
                    "paid_up_cents": 150_000,
                    "paid_up_on": "2026-09-30",
                    "admitted_on": "2026-10-01",
                }
            ]
        }
    )

    scheme_id: UUID = Field(description="The scheme that is asked", examples=[SCHEME_ID])
    cae: CaeBody = Field(description="The CAE that asks")
    entrepreneur: EntrepreneurBody = Field(description="The person who becomes a member")
    subscribed_cents: Cents = Field(description="Shares promised, in cents", examples=[200_000])
    paid_up_cents: Cents = Field(description="Shares actually paid: what counts", examples=[150_000])
    paid_up_on: BusinessDate = Field(
        description="When they were paid; its version of the scheme applies", examples=["2026-09-30"]
    )
    admitted_on: BusinessDate | None = Field(
        None, description="When the general meeting admitted the person", examples=["2026-10-01"]
    )
    requested_on: BusinessDate | None = Field(
        None,
        description="The date of the request's paper; without it, the decision's counts for the window",
        examples=["2026-10-05"],
    )
    priority_criterion: Criterion | None = Field(
        None, description="The priority group the person is of, as the scheme names it", examples=["rsa"]
    )
    priority_evidence: LongText | None = Field(
        None,
        description="What proves it: a text, or a document's reference; with `priority_criterion` only",
        examples=["Attestation CAF du 12/09/2026"],
    )

    def order(self) -> RequestTopUp:
        person = self.entrepreneur
        return RequestTopUp(
            scheme_id=self.scheme_id,
            cae_siret=self.cae.siret,
            cae_name=self.cae.name,
            entrepreneur=DeclaredPerson(
                reference=person.reference,
                given_name=person.given_name,
                family_name=person.family_name,
                email=person.email,
                phone=person.phone,
                birth_date=person.birth_date,
                address=person.address,
                contract=person.contract.contract(),
                member_since=person.member_since,
            ),
            subscribed_cents=self.subscribed_cents,
            paid_up_cents=self.paid_up_cents,
            paid_up_on=self.paid_up_on,
            admitted_on=self.admitted_on,
            requested_on=self.requested_on,
            priority_criterion=self.priority_criterion,
            priority_evidence=self.priority_evidence,
        )


class GrantBody(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decided_on": "2026-11-03", "reference": "CP 2026-11 n° 12"}]}
    )

    decided_on: BusinessDate = Field(
        description="The decision's date: its year counts for caps and budgets by year",
        examples=["2026-11-03"],
    )
    reference: Reference = Field(description="The decision's reference", examples=["CP 2026-11 n° 12"])


class TopUpRefusalBody(Body):
    reason: LongText = Field(description="Why it is refused", examples=["Apport non libéré à ce jour"])
    decided_on: BusinessDate | None = Field(
        None, description="The decision's date; today if absent", examples=["2026-11-03"]
    )


class WithdrawalBody(Body):
    reason: LongText | None = Field(
        None, description="Why the request is given up", examples=["La personne reporte son adhésion"]
    )


class CancellationBody(Body):
    reason: LongText = Field(
        description="Why the award is cancelled", examples=["La personne a quitté la coopérative"]
    )
    cancelled_on: BusinessDate | None = Field(
        None, description="The cancellation's date; today if absent", examples=["2026-11-20"]
    )


class TopUpAnswer(Answer):
    id: UUID = Field(description="The top-up's id", examples=[TOP_UP_ID])
    scheme_id: UUID = Field(description="The scheme that is asked", examples=[SCHEME_ID])
    version_id: UUID = Field(
        description="The version of its rules that applies",
        examples=["01932c05-2f10-7c55-9d0e-6e1f2a3b4c5e"],
    )
    region: str = Field(description="The scheme's region", examples=["75"])
    status: TopUpStatus = Field(description="Where it stands", examples=["granted"])
    cae: CaeAnswer = Field(description="The CAE that asks")
    entrepreneur: EntrepreneurAnswer = Field(description="The person who becomes a member")
    subscribed_cents: int = Field(description="Shares promised", examples=[200_000])
    paid_up_cents: int = Field(description="Shares actually paid", examples=[150_000])
    paid_up_on: date = Field(description="When they were paid", examples=["2026-09-30"])
    admitted_on: date | None = Field(
        description="When the general meeting admitted the person", examples=["2026-10-01"]
    )
    requested_on: date | None = Field(description="The date of the request's paper", examples=["2026-10-05"])
    priority_criterion: str | None = Field(
        description="The priority group the person is said to be of; null for who may not read names",
        examples=["rsa"],
    )
    priority_evidence: str | None = Field(
        description="What proves it; null for who may not read names",
        examples=["Attestation CAF du 12/09/2026"],
    )
    entitlement_cents: int = Field(description="What the scheme's scale gives", examples=[150_000])
    reserved_cents: int | None = Field(
        description="What an undecided request keeps of the cap and the budget; null where nothing",
        examples=[150_000],
    )
    promoted_on: date | None = Field(
        description="When it left the waiting list; null where it waits, or never did",
        examples=["2026-10-20"],
    )
    award_cents: int | None = Field(description="What was granted; null before a grant", examples=[150_000])
    clawed_back_cents: int = Field(description="What the CAE gave back of it", examples=[0])
    proven_months: int = Field(
        description="The last follow-up answered for, in months after the payment; 0 for none", examples=[12]
    )
    decided_on: date | None = Field(
        description="The date of the grant, the refusal, the withdrawal or the expiry",
        examples=["2026-11-03"],
    )
    reference: str | None = Field(description="The grant's reference", examples=["CP 2026-11 n° 12"])
    reason: str | None = Field(
        description="Why it was refused, withdrawn or cancelled", examples=["Apport non libéré à ce jour"]
    )
    payment_id: UUID | None = Field(
        description="The payment that settled it", examples=["01932c0a-77aa-7d10-8b6f-1c2d3e4f5a6b"]
    )
    membership_due_on: date | None = Field(
        description="By when the person must be a member; null under CAPE", examples=["2028-03-01"]
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2026-10-05T08:12:44Z"])

    @classmethod
    def of(cls, top_up: TopUp) -> "TopUpAnswer":
        return cls(
            id=top_up.id,
            scheme_id=top_up.scheme_id,
            version_id=top_up.version_id,
            region=top_up.region,
            status=top_up.status,
            cae=CaeAnswer.of(top_up.cae),
            entrepreneur=EntrepreneurAnswer.of(top_up.entrepreneur),
            subscribed_cents=top_up.subscribed_cents,
            paid_up_cents=top_up.paid_up_cents,
            paid_up_on=top_up.paid_up_on,
            admitted_on=top_up.admitted_on,
            requested_on=top_up.requested_on,
            priority_criterion=top_up.priority_criterion,
            priority_evidence=top_up.priority_evidence,
            entitlement_cents=top_up.entitlement_cents,
            reserved_cents=top_up.reserved_cents,
            promoted_on=top_up.promoted_on,
            award_cents=top_up.award_cents,
            clawed_back_cents=top_up.clawed_back_cents,
            proven_months=top_up.proven_months,
            decided_on=top_up.decided_on,
            reference=top_up.decision_reference,
            reason=top_up.reason,
            payment_id=top_up.payment_id,
            membership_due_on=top_up.membership_due_on,
            created_at=top_up.created_at,
        )
