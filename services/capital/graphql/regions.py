"""A region, by its INSEE code."""

from collections.abc import Sequence
from typing import ClassVar, Self

import strawberry

from services.capital.graphql import batches
from services.capital.graphql.schemes import TopUpScheme
from services.capital.graphql.words import SchemeType
from services.kernel.regions import REGIONS
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved

CODE_LENGTH = 2


@strawberry.federation.type(keys=["code"], description="A French region.")
class Region:
    key_field: ClassVar[str] = "code"

    code: strawberry.ID = strawberry.field(description="Its INSEE code, two characters: 84, 01...")

    @resolved("Its name; null only where the service that was asked for it is down.", shareable=True)
    def name(self) -> str | None:
        # Nullable, so that one service that is down never takes the region away with its name.
        return REGIONS[self.code]

    @resolved("Its top-up schemes, oldest first.")
    async def top_up_schemes(self, info: Info) -> list[SchemeType] | None:
        found = await info.context.load(batches.schemes_of_regions, str(self.code))
        return [TopUpScheme.of(scheme) for scheme in found or []]

    @classmethod
    def of(cls, code: str) -> Self | None:
        return cls(code=strawberry.ID(code)) if code in REGIONS else None

    @classmethod
    def parse_key(cls, value: object) -> str:
        if not isinstance(value, str) or len(value) != CODE_LENGTH:
            raise ValueError(f"not a region's code: {value!r}")
        return value

    @classmethod
    async def resolve_references(cls, _context: Context, keys: Sequence[str]) -> list[Self | None]:
        return [cls.of(code) for code in keys]
