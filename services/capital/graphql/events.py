"""What happens to top-ups' dossiers, as it happens: the feed of events as a subscription."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Self, TypeVar
from uuid import UUID

import strawberry

from services.capital.domain.events import CapitalEvent
from services.capital.graphql import batches
from services.capital.graphql.caes import Cae
from services.capital.graphql.payments import TopUpPayment
from services.capital.graphql.regions import Region
from services.capital.graphql.schemes import TopUpScheme
from services.capital.graphql.top_ups import TopUp
from services.capital.usecases.follow_events import FOLLOWERS
from services.kernel.identifiers import Siren
from services.runtime.graphql.context import Batch, Info
from services.runtime.graphql.events import CURSOR, FOLLOWS, EventDossier, followed
from services.runtime.graphql.fields import resolved, subscription
from services.runtime.graphql.scalars import Instant

D = TypeVar("D")

strawberry.enum(CapitalEvent, name="TopUpEventType", description="What happened; a type is never renamed.")


@strawberry.type(description="Something that happened to a dossier. It tells no name and no amount.")
class TopUpEvent:
    id: UUID = strawberry.field(description="Its own id: the same wherever it is told.")
    cursor: str = strawberry.field(description=CURSOR)
    type: CapitalEvent = strawberry.field(description="What happened.")
    occurred_at: Instant = strawberry.field(description="When it was recorded.")
    dossier: EventDossier = strawberry.field(description="To which dossier.")
    subject_id: UUID | None = strawberry.field(
        description="What was recorded, where it is not the dossier itself: a repayment, a payment."
    )
    row: strawberry.Private[Any]

    @resolved("The top-up, as it is now; null for another's event, or once the caller sees it no more.")
    async def top_up(self, info: Info) -> TopUp | None:
        found = await self._dossier(info, "top_up", batches.top_ups_by_id)
        return TopUp.of(found) if found else None

    @resolved("The scheme, as it is now; null for another's event, or once the caller sees it no more.")
    async def scheme(self, info: Info) -> TopUpScheme | None:
        return await self._dossier(info, "scheme", batches.schemes_by_id)

    @resolved("The payment, as it is now; null for another's event, or once the caller sees it no more.")
    async def payment(self, info: Info) -> TopUpPayment | None:
        found = await self._dossier(info, "payment", batches.payments_by_id)
        return TopUpPayment.of(found) if found else None

    @resolved("The CAE whose dossier it is; null for what is of no CAE.")
    def cae(self) -> Cae | None:
        return None if self.row.cae_siren is None else Cae(siren=Siren(self.row.cae_siren))

    @resolved("The dossier's region.")
    def region(self) -> Region:
        return Region(code=strawberry.ID(self.row.region))

    async def _dossier(self, info: Info, kind: str, batch: Batch[UUID, D]) -> D | None:
        if self.row.dossier_kind != kind:
            return None
        return await info.context.load(batch, self.row.dossier_id)

    @classmethod
    def of(cls, row: Any, cursor: str) -> Self:
        return cls(
            id=row.event_id,
            cursor=cursor,
            type=CapitalEvent(row.type),
            occurred_at=Instant(row.occurred_at),
            dossier=EventDossier.of(row),
            subject_id=row.subject_id,
            row=row,
        )


@strawberry.type
class Subscription:
    @subscription(FOLLOWS)
    async def on_top_up_event(
        self, info: Info, after: str | None = None, types: list[CapitalEvent] | None = None
    ) -> AsyncGenerator[TopUpEvent]:
        async with aclosing(followed(info.context, FOLLOWERS, after=after, types=types)) as events:
            async for row, cursor in events:
                yield TopUpEvent.of(row, cursor)
