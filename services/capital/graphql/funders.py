"""A co-funder of top-ups, by its SIREN."""

from collections.abc import Sequence
from typing import ClassVar, Self

import strawberry

from services.kernel.identifiers import Siren, parse_siren
from services.runtime.graphql.context import Context


@strawberry.federation.type(keys=["siren"], description="Who pays: a Région, the State, Bpifrance, CDC...")
class Funder:
    key_field: ClassVar[str] = "siren"

    siren: Siren = strawberry.field(description="Its SIREN, nine digits.")

    @classmethod
    def parse_key(cls, value: object) -> Siren:
        return parse_siren(str(value))

    @classmethod
    async def resolve_references(cls, _context: Context, keys: Sequence[Siren]) -> list[Self | None]:
        return [cls(siren=siren) for siren in keys]
