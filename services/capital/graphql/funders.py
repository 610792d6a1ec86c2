"""A co-funder of top-ups, by its SIREN."""

from collections.abc import Sequence
from typing import ClassVar, Self

import strawberry

from services.capital.graphql import batches
from services.capital.graphql.schemes import TopUpScheme
from services.capital.graphql.words import SchemeType
from services.kernel.identifiers import Siren, parse_siren
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved


@strawberry.federation.type(keys=["siren"], description="Who pays: a Région, the State, Bpifrance, CDC...")
class Funder:
    key_field: ClassVar[str] = "siren"

    siren: Siren = strawberry.field(description="Its SIREN, nine digits.")

    @resolved("The top-up schemes that it bears a part of, oldest first.")
    async def top_up_schemes(self, info: Info) -> list[SchemeType] | None:
        found = await info.context.load(batches.schemes_of_funders, self.siren)
        return [TopUpScheme.of(scheme) for scheme in found or []]

    @classmethod
    def parse_key(cls, value: object) -> Siren:
        return parse_siren(str(value))

    @classmethod
    async def resolve_references(cls, _context: Context, keys: Sequence[Siren]) -> list[Self | None]:
        return [cls(siren=siren) for siren in keys]
