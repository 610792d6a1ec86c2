"""What a CAE has received of de minimis aid, from whom, and what is declared from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self, TypeAlias
from uuid import UUID

import strawberry
from pydantic import RootModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.de_minimis import (
    CeilingRule,
    Declaration,
    DeclarationStatus,
    DeclaredBy,
    Window,
)
from services.capital.graphql import batches
from services.capital.graphql.words import CaeType, SchemeType
from services.capital.usecases import read_de_minimis
from services.capital.usecases.read_de_minimis import DeclarationFilter, DeMinimisAid, Source, SourceOfAid
from services.kernel.identifiers import Siren
from services.runtime.graphql.connections import Connection
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant, cents_or_none
from services.runtime.pagination import encode_cursor

StoredDeclaration = RootModel[Declaration]

strawberry.enum(Window, name="DeMinimisWindow", description="What the years of the ceiling are.")
strawberry.enum(
    Source,
    name="DeMinimisSourceKind",
    description="A scheme, aid declared from outside, or the sum of both in other regions.",
)
strawberry.enum(
    DeclarationStatus, name="DeMinimisDeclarationStatus", description="Whether a declaration counts."
)
strawberry.enum(DeclaredBy, name="DeMinimisDeclaredBy", description="Who declared: the CAE or its operator.")


@strawberry.type(description="The ceiling of de minimis aid, in force from a day on.")
class DeMinimisRule:
    regulation: str = strawberry.field(description="What the law is called.")
    valid_from: date = strawberry.field(description="Its first day.")
    ceiling_cents: Cents = strawberry.field(description="What a company may be granted within the window.")
    window: Window = strawberry.field(description="Whether the years roll, or are fiscal years.")
    window_years: int = strawberry.field(description="How many.")
    source: str = strawberry.field(description="Where the law says so.")

    @classmethod
    def of(cls, rule: CeilingRule) -> Self:
        return cls(
            regulation=rule.regulation,
            valid_from=rule.valid_from,
            ceiling_cents=Cents(rule.ceiling_cents),
            window=rule.window,
            window_years=rule.window_years,
            source=rule.source,
        )


@strawberry.type(description="Who granted a part of the aid, as far as the caller may know.")
class DeMinimisSource:
    source: Source = strawberry.field(description="What it is.")
    amount_cents: Cents = strawberry.field(description="What it granted within the window.")
    told: strawberry.Private[SourceOfAid]

    @resolved("The scheme; null for the others.")
    async def scheme(self, info: Info) -> SchemeType | None:
        if self.told.scheme_id is None:
            return None
        return await info.context.load(batches.schemes_by_id, self.told.scheme_id)


@strawberry.type(description="What a CAE has received of de minimis aid, counted on a day.")
class CaeDeMinimis:
    on: date = strawberry.field(description="The day.")
    rule: DeMinimisRule | None = strawberry.field(description="The rule of that day; null before the first.")
    counted_from: date | None = strawberry.field(description="The window's first day.")
    received_cents: Cents = strawberry.field(description="What was granted within it, whenever it is paid.")
    room_cents: Cents | None = strawberry.field(
        description="The highest award of that day that would pass; null without a limit."
    )
    sources: list[DeMinimisSource] = strawberry.field(
        description="Who granted it; adds up to what was received."
    )

    @classmethod
    def of(cls, aid: DeMinimisAid) -> Self:
        return cls(
            on=aid.on,
            rule=DeMinimisRule.of(aid.rule) if aid.rule else None,
            counted_from=aid.counted_from,
            received_cents=Cents(aid.received_cents),
            room_cents=cents_or_none(aid.room_cents),
            sources=[
                DeMinimisSource(source=one.source, amount_cents=Cents(one.amount_cents), told=one)
                for one in aid.sources
            ],
        )


@strawberry.type(description="De minimis aid that somebody else granted to a CAE.")
class DeMinimisDeclaration:
    id: UUID = strawberry.field(description="Its id.")
    granted_on: date = strawberry.field(description="When the right to the aid was given.")
    amount_cents: Cents = strawberry.field(description="The aid.")
    grantor: str = strawberry.field(description="Who granted it.")
    reference: str = strawberry.field(description="The number of the act.")
    declared_by: DeclaredBy = strawberry.field(description="Who declared it.")
    status: DeclarationStatus = strawberry.field(description="Whether it counts.")
    cancelled_on: date | None = strawberry.field(description="Since when it counts no more.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    siren: strawberry.Private[Siren]

    @resolved("The CAE that received the aid.")
    def cae(self) -> CaeType:
        from services.capital.graphql.caes import Cae  # noqa: PLC0415 - the types point at each other

        return Cae(siren=self.siren)

    @classmethod
    def of(cls, declaration: Declaration) -> Self:
        return cls(
            id=declaration.id,
            granted_on=declaration.granted_on,
            amount_cents=Cents(declaration.amount_cents),
            grantor=declaration.grantor,
            reference=declaration.reference,
            declared_by=declaration.declared_by,
            status=declaration.status,
            cancelled_on=declaration.cancelled_on,
            created_at=Instant(declaration.created_at),
            siren=declaration.cae_siren,
        )


DeMinimisDeclarations: TypeAlias = Connection[DeMinimisDeclaration]


def cursor_of(declaration: Declaration) -> str:
    return encode_cursor(str(declaration.id))


@dataclass(frozen=True, slots=True)
class AidOfCaes:
    """By SIREN, counted on one day."""

    on: date

    async def __call__(
        self, session: AsyncSession, context: Context, sirens: Sequence[Siren], /
    ) -> Mapping[Siren, DeMinimisAid]:
        return await read_de_minimis.de_minimis_of_caes(session, context.caller, sirens, self.on)


@dataclass(frozen=True, slots=True)
class DeclarationsOfCaes:
    """One more than `first`, so that a connection knows of a next page."""

    first: int
    after: UUID | None

    async def __call__(
        self, session: AsyncSession, context: Context, wanted: Sequence[DeclarationFilter], /
    ) -> Mapping[DeclarationFilter, list[Declaration]]:
        return {
            one: await read_de_minimis.list_declarations(
                session, context.caller, one, after=self.after, limit=self.first
            )
            for one in wanted
        }


async def counts_of_declarations(
    session: AsyncSession, context: Context, wanted: Sequence[DeclarationFilter], /
) -> Mapping[DeclarationFilter, int]:
    return {one: await read_de_minimis.count_declarations(session, context.caller, one) for one in wanted}
