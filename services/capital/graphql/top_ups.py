"""A top-up: what a CAE asks for one entrepreneur, and what became of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import ClassVar, Self
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.top_ups import Entrepreneur as EntrepreneurOfDomain
from services.capital.domain.top_ups import TopUp as TopUpOfDomain
from services.capital.graphql import batches
from services.capital.graphql.words import (
    CaeType,
    ClawbackType,
    EntrepreneurType,
    FollowUpType,
    PaymentType,
    RegionType,
    SchemeType,
)
from services.kernel.contracts import ContractKind
from services.kernel.identifiers import EntrepreneurId, Siren
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant, cents_or_none

StoredTopUp = RootModel[TopUpOfDomain]


def without_person(top_up: TopUpOfDomain) -> TopUpOfDomain:
    """All that the graph may show of it: what is kept to be replayed has no name either."""
    person = top_up.entrepreneur
    unnamed = EntrepreneurOfDomain(
        id=person.id,
        reference=person.reference,
        given_name=None,
        family_name=None,
        contract=person.contract,
        member_since=person.member_since,
    )
    return replace(top_up, entrepreneur=unnamed, reason=None, priority_criterion=None, priority_evidence=None)


@strawberry.federation.type(
    keys=["id"], description="A subsidy to a CAE for one entrepreneur's contribution."
)
class TopUp:
    key_field: ClassVar[str] = "id"

    id: UUID = strawberry.field(description="Its id.")
    status: TopUpStatus = strawberry.field(description="Where it stands.")
    subscribed_cents: Cents = strawberry.field(description="Shares promised by the entrepreneur.")
    paid_up_cents: Cents = strawberry.field(description="Shares actually paid: what counts.")
    paid_up_on: date = strawberry.field(description="When they were paid; tells the version that applies.")
    requested_on: date | None = strawberry.field(description="When it was asked for, if the paper says.")
    admitted_on: date | None = strawberry.field(description="When the person became a member, if they did.")
    entitlement_cents: Cents = strawberry.field(description="What the scheme's scale gives.")
    reserved_cents: Cents | None = strawberry.field(
        description="What an undecided request keeps of the cap and the budget; null where nothing."
    )
    award_cents: Cents | None = strawberry.field(description="What was granted; null before a grant.")
    clawed_back_cents: Cents = strawberry.field(description="What the CAE gave back of it.")
    proven_months: int = strawberry.field(
        description="The last follow-up answered for, in months after the payment; 0 for none."
    )
    decided_on: date | None = strawberry.field(
        description="When it was granted, refused, withdrawn, or expired."
    )
    reference: str | None = strawberry.field(description="The reference of the decision.")
    contract_kind: ContractKind = strawberry.field(description="What bound the entrepreneur to the CAE.")
    membership_due_on: date | None = strawberry.field(
        description="Last day to become a member; null under CAPE."
    )
    cae_name: str = strawberry.field(description="The CAE's name in this dossier.")
    entrepreneur_reference: str = strawberry.field(description="The CAE's own reference for the person.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    top_up: strawberry.Private[TopUpOfDomain]

    # What resolvers read of it: a row has the same (see `columns`).
    @property
    def cae_siren(self) -> Siren:
        return self.top_up.cae.siren

    @property
    def entrepreneur_id(self) -> EntrepreneurId:
        return self.top_up.entrepreneur.id

    @property
    def region_code(self) -> strawberry.ID:
        return strawberry.ID(self.top_up.region)

    @property
    def scheme_id(self) -> UUID:
        return self.top_up.scheme_id

    @property
    def payment_id(self) -> UUID | None:
        return self.top_up.payment_id

    @resolved("The CAE that asks.")
    def cae(self) -> CaeType:
        from services.capital.graphql.caes import Cae  # noqa: PLC0415 - the types point at each other

        return Cae(siren=self.cae_siren)

    @resolved("The entrepreneur it is asked for.")
    def entrepreneur(self) -> EntrepreneurType:
        from services.capital.graphql.entrepreneurs import Entrepreneur  # noqa: PLC0415

        return Entrepreneur(id=self.entrepreneur_id)

    @resolved("The scheme's region.")
    def region(self) -> RegionType:
        from services.capital.graphql.regions import Region  # noqa: PLC0415

        return Region(code=self.region_code)

    @resolved("The scheme that it is asked from.")
    async def scheme(self, info: Info) -> SchemeType:
        return await batches.scheme_of(info.context, self.scheme_id)

    @resolved("Its place among all who wait for the scheme, from 1; null where it does not wait.")
    async def waiting_place(self, info: Info) -> int | None:
        if self.status != TopUpStatus.WAITING:
            return None
        return await info.context.load(batches.places_in_line, self.id)

    @resolved("The payment that it is part of; null before.")
    async def payment(self, info: Info) -> PaymentType | None:
        from services.capital.graphql.payments import TopUpPayment  # noqa: PLC0415

        if self.payment_id is None:
            return None
        found = await info.context.load(batches.payments_by_id, self.payment_id)
        return TopUpPayment.of(found) if found else None

    @resolved("What is taken back of it, if anything is.")
    async def clawback(self, info: Info) -> ClawbackType | None:
        from services.capital.graphql.clawbacks import TopUpClawback  # noqa: PLC0415

        found = await info.context.load(batches.clawbacks_of_top_ups, self.id)
        return TopUpClawback.of(found) if found else None

    @resolved("What was seen of its capital since it was paid, in the order recorded; corrected ones too.")
    async def follow_ups(self, info: Info) -> list[FollowUpType]:
        from services.capital.graphql.follow_ups import TopUpFollowUp  # noqa: PLC0415

        found = await info.context.load(batches.follow_ups_of_top_ups, self.id)
        return [TopUpFollowUp.of(follow_up) for follow_up in found or []]

    @classmethod
    def of(cls, top_up: TopUpOfDomain) -> Self:
        return cls(
            id=top_up.id,
            status=top_up.status,
            subscribed_cents=Cents(top_up.subscribed_cents),
            paid_up_cents=Cents(top_up.paid_up_cents),
            paid_up_on=top_up.paid_up_on,
            requested_on=top_up.requested_on,
            admitted_on=top_up.admitted_on,
            entitlement_cents=Cents(top_up.entitlement_cents),
            reserved_cents=cents_or_none(top_up.reserved_cents),
            award_cents=cents_or_none(top_up.award_cents),
            clawed_back_cents=Cents(top_up.clawed_back_cents),
            proven_months=top_up.proven_months,
            decided_on=top_up.decided_on,
            reference=top_up.decision_reference,
            contract_kind=top_up.entrepreneur.contract.kind,
            membership_due_on=top_up.membership_due_on,
            cae_name=top_up.cae.name,
            entrepreneur_reference=top_up.entrepreneur.reference,
            created_at=Instant(top_up.created_at),
            top_up=top_up,
        )

    @classmethod
    def parse_key(cls, value: object) -> UUID:
        return UUID(str(value))

    @classmethod
    async def resolve_references(cls, context: Context, keys: Sequence[UUID]) -> list[Self | None]:
        found = await context.load_many(batches.top_ups_by_id, keys)
        return [cls.of(top_up) if top_up else None for top_up in found]
