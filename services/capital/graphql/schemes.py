"""A region's scheme of top-ups, its versions, and what its cap leaves a CAE."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Self
from uuid import UUID

import strawberry

from services.capital.domain.access import CapitalAct, may
from services.capital.domain.awards import Usage, rooms
from services.capital.domain.schemes import Scheme, version_shown
from services.capital.domain.totals import SchemeTotals
from services.capital.graphql import batches
from services.capital.graphql.follow_ups import TopUpMonthProof
from services.capital.graphql.funder_parts import FunderPart
from services.capital.graphql.statements import TopUpSchemeStatements
from services.capital.graphql.versions import TopUpSchemeVersion
from services.capital.graphql.words import CaeType, RegionType
from services.capital.usecases.read_caps import CaeCap as CapOfCae
from services.kernel.identifiers import Siren, Siret, parse_siren
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant, cents_or_none, parse_with


@strawberry.type(description="The public body that votes a scheme.")
class SchemeAuthority:
    name: str = strawberry.field(description="Its name.")
    siret: Siret | None = strawberry.field(description="Its SIRET.")


@strawberry.type(description="What became of a scheme's euros, from its journal.")
class TopUpSchemeTotals:
    awarded_cents: Cents = strawberry.field(description="Granted and not cancelled: paid, or still to pay.")
    to_pay_cents: Cents = strawberry.field(description="Granted and not yet paid.")
    paid_cents: Cents = strawberry.field(description="Paid to CAEs.")
    clawed_back_cents: Cents = strawberry.field(description="Paid, and given back by CAEs.")
    by_funder: list[FunderPart] = strawberry.field(description="What each co-funder paid.")

    @classmethod
    def of(cls, totals: SchemeTotals) -> Self:
        return cls(
            awarded_cents=Cents(totals.awarded_cents),
            to_pay_cents=Cents(totals.to_pay_cents),
            paid_cents=Cents(totals.paid_cents),
            clawed_back_cents=Cents(totals.clawed_back_cents),
            by_funder=[FunderPart.of(part) for part in totals.by_funder],
        )


@strawberry.federation.type(keys=["id"], description="A region's rules and money for capital top-ups.")
class TopUpScheme:
    key_field: ClassVar[str] = "id"

    id: UUID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Its name.")
    authority: SchemeAuthority | None = strawberry.field(description="Who votes it, where that is recorded.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    scheme: strawberry.Private[Scheme]

    @resolved("Its rules, oldest first.")
    def versions(self) -> list[TopUpSchemeVersion]:
        return [TopUpSchemeVersion.of(version) for version in self.scheme.versions]

    @resolved("Its region.")
    def region(self) -> RegionType:
        from services.capital.graphql.regions import Region  # noqa: PLC0415 - the types point at each other

        return Region(code=strawberry.ID(self.scheme.region))

    @resolved("The rules in force today; else the first ones to come, or the last ones.")
    def version(self, info: Info) -> TopUpSchemeVersion:
        versions = self.scheme.versions
        return TopUpSchemeVersion.of(version_shown(versions, info.context.today))

    @resolved("What became of its euros; a co-funder sees its own part of each figure, and a CAE none.")
    async def totals(self, info: Info) -> TopUpSchemeTotals | None:
        found = await info.context.load(batches.totals_of_schemes, self.scheme)
        return TopUpSchemeTotals.of(found) if found else None

    @resolved("Its co-funders' statements, as they stood on a day; for its operator and its co-funders.")
    async def statements(
        self, info: Info, as_of: date | None = None, year: int | None = None
    ) -> TopUpSchemeStatements | None:
        wanted = batches.StatementsOf(as_of or info.context.today, year)
        found = await info.context.load(wanted, self.scheme)
        return TopUpSchemeStatements.of(found) if found else None

    @resolved("What is proven of its paid top-ups today, month by month; a CAE sees its own.")
    async def proof_of_use(self, info: Info) -> list[TopUpMonthProof]:
        found = await info.context.load(batches.proofs_of_use, self.id)
        return [TopUpMonthProof.of(proof) for proof in found.months] if found else []

    @resolved("What its cap leaves one CAE (a SIREN) today; null where the caller may not see it.")
    async def caps(self, info: Info, cae: strawberry.ID) -> "CaeCap | None":
        siren = parse_with(parse_siren, cae, "cae")
        caller = info.context.caller
        if not may(caller, CapitalAct.READ_CAP) or not caller.scope.sees_cae(siren):
            return None
        caps = await info.context.load(batches.caps_of_caes, siren) or []
        awarded = (cap for cap in caps if cap.scheme_id == self.id)
        return CaeCap.of(next(awarded, None) or unused_cap(self.scheme, siren, info.context.today))

    @classmethod
    def of(cls, scheme: Scheme) -> Self:
        authority = scheme.authority
        return cls(
            id=scheme.id,
            name=scheme.name,
            authority=SchemeAuthority(name=authority.name, siret=authority.siret) if authority else None,
            created_at=Instant(scheme.created_at),
            scheme=scheme,
        )

    @classmethod
    def parse_key(cls, value: object) -> UUID:
        return UUID(str(value))

    @classmethod
    async def resolve_references(cls, context: Context, keys: Sequence[UUID]) -> "list[TopUpScheme | None]":
        return await context.load_many(batches.schemes_by_id, keys)


@strawberry.type(description="What a scheme's cap leaves one CAE, by SIREN, in the current period.")
class CaeCap:
    period: str = strawberry.field(description="`scheme` for its whole life, or a year.")
    cap_cents: Cents | None = strawberry.field(description="The cap; null: no limit.")
    used_cents: Cents = strawberry.field(description="What is awarded already.")
    room_cents: Cents | None = strawberry.field(description="What may still be awarded; null: no limit.")
    scheme_id: strawberry.Private[UUID]
    siren: strawberry.Private[Siren]

    @resolved("The CAE: its establishments share the cap.")
    def cae(self) -> CaeType:
        from services.capital.graphql.caes import Cae  # noqa: PLC0415 - the types point at each other

        return Cae(siren=self.siren)

    @resolved("The scheme.")
    async def scheme(self, info: Info) -> TopUpScheme:
        return await batches.scheme_of(info.context, self.scheme_id)

    @classmethod
    def of(cls, cap: CapOfCae) -> Self:
        return cls(
            period=cap.period,
            cap_cents=cents_or_none(cap.cap_cents),
            used_cents=Cents(cap.used_cents),
            room_cents=cents_or_none(cap.room_cents),
            scheme_id=cap.scheme_id,
            siren=cap.cae_siren,
        )


def unused_cap(scheme: Scheme, siren: Siren, today: date) -> CapOfCae:
    """Of a CAE that the scheme has awarded nothing to."""
    version = version_shown(scheme.versions, today)
    room = rooms(version, Usage(), today).cap
    return CapOfCae(
        scheme_id=scheme.id,
        cae_siren=siren,
        period=room.period,
        cap_cents=room.limit_cents,
        used_cents=room.used_cents,
        room_cents=room.left_cents,
    )
