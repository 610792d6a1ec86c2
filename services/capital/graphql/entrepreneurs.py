"""A person hosted by a CAE, as the capital service knows them: an id that tells nothing of who they are."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Self
from uuid import UUID

import strawberry

from services.capital.graphql import batches
from services.capital.graphql.top_ups import TopUp
from services.capital.graphql.words import TopUpType
from services.kernel.identifiers import EntrepreneurId
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved


@strawberry.federation.type(
    keys=["id"], description="A person hosted by a CAE. The id is the same in loans and in capital."
)
class Entrepreneur:
    key_field: ClassVar[str] = "id"

    id: EntrepreneurId = strawberry.field(description="Derived from the CAE's SIREN and its own reference.")

    @resolved("Their top-ups, in the order they were recorded.")
    async def top_ups(self, info: Info) -> list[TopUpType] | None:
        found = await info.context.load(batches.top_ups_of_entrepreneurs, self.id)
        return [TopUp.of(top_up) for top_up in found or []]

    @resolved(
        "The day by which they must be a member of the CAE (Code du travail L7331-3), by their latest "
        "dossier; null under CAPE, once admitted, or without a dossier."
    )
    async def membership_deadline(self, info: Info) -> date | None:
        found = await info.context.load(batches.top_ups_of_entrepreneurs, self.id)
        latest = found[-1] if found else None
        if latest is None or latest.admitted_on is not None or latest.entrepreneur.member_since is not None:
            return None
        return latest.membership_due_on

    @classmethod
    def parse_key(cls, value: object) -> EntrepreneurId:
        return EntrepreneurId(UUID(str(value)))

    @classmethod
    async def resolve_references(cls, _context: Context, keys: Sequence[EntrepreneurId]) -> list[Self | None]:
        return [cls(id=key) for key in keys]
