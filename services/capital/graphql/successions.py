"""A CAE that merged into another."""

from datetime import date
from typing import Self
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.capital.domain.successions import Succession
from services.capital.graphql.words import CaeType, RegionType
from services.kernel.identifiers import Siren
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant

StoredSuccession = RootModel[Succession]


@strawberry.type(description="That a CAE merged into another, which has its dossiers of a region.")
class CaeSuccession:
    id: UUID = strawberry.field(description="Its id.")
    from_siren: Siren = strawberry.field(description="The CAE that is no more.")
    to_siret: str = strawberry.field(description="The establishment that took over.")
    to_name: str = strawberry.field(description="Its name.")
    effective_on: date = strawberry.field(description="The merger's own day.")
    top_ups: int = strawberry.field(description="How many dossiers went along, of any status.")
    taken_cents: Cents = strawberry.field(description="What their awards take of the successor's caps.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    succession: strawberry.Private[Succession]

    @resolved("The CAE that has the dossiers.")
    def successor(self) -> CaeType:
        from services.capital.graphql.caes import Cae  # noqa: PLC0415 - the types point at each other

        return Cae(siren=self.succession.to_siren)

    @resolved("Whose dossiers went along.")
    def region(self) -> RegionType:
        from services.capital.graphql.regions import Region  # noqa: PLC0415

        return Region(code=strawberry.ID(self.succession.region))

    @classmethod
    def of(cls, succession: Succession) -> Self:
        return cls(
            id=succession.id,
            from_siren=succession.from_siren,
            to_siret=succession.to_siret,
            to_name=succession.to_name,
            effective_on=succession.effective_on,
            top_ups=succession.top_ups,
            taken_cents=Cents(succession.taken_cents),
            created_at=Instant(succession.created_at),
            succession=succession,
        )
