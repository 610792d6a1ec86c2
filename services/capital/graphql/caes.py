"""A CAE as the capital service knows it: by its SIREN, and by its dossiers."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Self

import strawberry

from services.capital.graphql import batches
from services.capital.graphql.de_minimis import (
    AidOfCaes,
    CaeDeMinimis,
    DeclarationsOfCaes,
    DeMinimisDeclaration,
    DeMinimisDeclarations,
    counts_of_declarations,
)
from services.capital.graphql.de_minimis import cursor_of as cursor_of_declaration
from services.capital.graphql.lists import TopUps, first_and_after, top_ups_of_cae
from services.capital.graphql.schemes import CaeCap
from services.capital.usecases.read_de_minimis import DeclarationFilter
from services.kernel.identifiers import Siren, parse_siren
from services.runtime.graphql.connections import make_connection
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved


@strawberry.federation.type(
    keys=["siren"],
    description="A coopérative d'activité et d'emploi, by its SIREN. Its lists tell whether it has dossiers.",
)
class Cae:
    key_field: ClassVar[str] = "siren"

    siren: Siren = strawberry.field(description="Its SIREN, nine digits.")

    @resolved(
        "Its name in the latest dossier of the service that answers; null where the caller sees none there.",
        shareable=True,
    )
    async def name(self, info: Info) -> str | None:
        return await info.context.load(batches.names_of_caes, self.siren)

    @resolved("Its top-ups, in the order they were recorded.")
    async def top_ups(self, info: Info, first: int | None = 25, after: str | None = None) -> TopUps | None:
        return await top_ups_of_cae(info.context, self.siren, first=first, after=after)

    @resolved("What each scheme that has awarded it something has awarded, and may still.")
    async def caps(self, info: Info) -> list[CaeCap] | None:
        found = await info.context.load(batches.caps_of_caes, self.siren)
        return [CaeCap.of(cap) for cap in found or []]

    @resolved(
        "What it has received of de minimis aid, counted on a day (today if none is given): the sum is of "
        "every region, the schemes are those that the caller sees."
    )
    async def de_minimis(self, info: Info, on: date | None = None) -> CaeDeMinimis | None:
        found = await info.context.load(AidOfCaes(on or info.context.today), self.siren)
        return CaeDeMinimis.of(found) if found else None

    @resolved("The de minimis aid declared from outside, cancelled declarations included.")
    async def de_minimis_declarations(
        self, info: Info, first: int | None = 25, after: str | None = None
    ) -> DeMinimisDeclarations | None:
        most, start = first_and_after(first, after)
        wanted = DeclarationFilter(cae_siren=self.siren)
        found = await info.context.load(DeclarationsOfCaes(most, start), wanted)

        async def count() -> int:
            return await info.context.load(counts_of_declarations, wanted) or 0

        return make_connection(
            found or [],
            first=most,
            after=after,
            cursor_of=cursor_of_declaration,
            node_of=DeMinimisDeclaration.of,
            count=count,
        )

    @classmethod
    def parse_key(cls, value: object) -> Siren:
        return parse_siren(str(value))

    @classmethod
    async def resolve_references(cls, _context: Context, keys: Sequence[Siren]) -> list[Self | None]:
        return [cls(siren=siren) for siren in keys]
