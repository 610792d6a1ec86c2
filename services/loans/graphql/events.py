"""What happens to loans' dossiers, as it happens: the feed of events as a subscription."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Self, TypeVar
from uuid import UUID

import strawberry

from services.kernel.identifiers import Siren
from services.loans.domain.events import LoansEvent
from services.loans.graphql import batches, committee_batches
from services.loans.graphql.applications import LoanApplication
from services.loans.graphql.caes import Cae
from services.loans.graphql.committees import CommitteeSession
from services.loans.graphql.funds import LoanFund
from services.loans.graphql.loans import Loan
from services.loans.graphql.regions import Region
from services.loans.usecases.follow_events import FOLLOWERS
from services.runtime.graphql.context import Batch, Info
from services.runtime.graphql.events import CURSOR, FOLLOWS, EventDossier, followed
from services.runtime.graphql.fields import resolved, subscription
from services.runtime.graphql.scalars import Instant

D = TypeVar("D")

strawberry.enum(LoansEvent, name="LoanEventType", description="What happened; a type is never renamed.")


@strawberry.type(description="Something that happened to a dossier. It tells no name and no amount.")
class LoanEvent:
    id: UUID = strawberry.field(description="Its own id: the same wherever it is told.")
    cursor: str = strawberry.field(description=CURSOR)
    type: LoansEvent = strawberry.field(description="What happened.")
    occurred_at: Instant = strawberry.field(description="When it was recorded.")
    dossier: EventDossier = strawberry.field(description="To which dossier.")
    subject_id: UUID | None = strawberry.field(
        description="What was recorded, where it is not the dossier itself: a repayment, a payment."
    )
    row: strawberry.Private[Any]

    @resolved("The loan, as it is now; null for another's event, or once the caller sees it no more.")
    async def loan(self, info: Info) -> Loan | None:
        found = await self._dossier(info, "loan", batches.loans_by_id)
        return Loan.of(found, info.context) if found else None

    @resolved("The application, as it is now; null for another's event, or once the caller sees it no more.")
    async def application(self, info: Info) -> LoanApplication | None:
        found = await self._dossier(info, "application", committee_batches.applications_by_id)
        return LoanApplication.of(found) if found else None

    @resolved("The fund, as it is now; null for another's event, or once the caller sees it no more.")
    async def fund(self, info: Info) -> LoanFund | None:
        return await self._dossier(info, "fund", batches.funds_by_id)

    @resolved(
        "The committee's session, as it is now; null for another's event, or once the caller sees it no more."
    )
    async def committee_session(self, info: Info) -> CommitteeSession | None:
        found = await self._dossier(info, "committee_session", committee_batches.sessions_by_id)
        return CommitteeSession.of(found) if found else None

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
            type=LoansEvent(row.type),
            occurred_at=Instant(row.occurred_at),
            dossier=EventDossier.of(row),
            subject_id=row.subject_id,
            row=row,
        )


@strawberry.type
class Subscription:
    @subscription(FOLLOWS)
    async def on_loan_event(
        self, info: Info, after: str | None = None, types: list[LoansEvent] | None = None
    ) -> AsyncGenerator[LoanEvent]:
        async with aclosing(followed(info.context, FOLLOWERS, after=after, types=types)) as events:
            async for row, cursor in events:
                yield LoanEvent.of(row, cursor)
