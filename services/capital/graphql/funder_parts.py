"""What one co-funder bears of a payment, or of all of a scheme's."""

from typing import Self

import strawberry

from services.capital.domain.payments import FunderPart as FunderPartOfDomain
from services.capital.graphql.words import FunderType
from services.kernel.identifiers import Siren
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents


@strawberry.type(description="A co-funder's part, to the cent.")
class FunderPart:
    siren: Siren = strawberry.field(description="The funder's SIREN.")
    name: str = strawberry.field(description="The funder's name in the convention.")
    amount_cents: Cents = strawberry.field(description="What it bears.")

    @resolved("The funder.")
    def funder(self) -> FunderType:
        from services.capital.graphql.funders import Funder  # noqa: PLC0415 - the types point at each other

        return Funder(siren=self.siren)

    @classmethod
    def of(cls, part: FunderPartOfDomain) -> Self:
        return cls(siren=part.siren, name=part.name, amount_cents=Cents(part.amount_cents))
