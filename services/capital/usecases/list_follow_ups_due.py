"""Which follow-ups are to be made in the next months, with those that are late."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.follow_ups import DueFollowUp
from services.capital.persistence import follow_ups
from services.capital.persistence.follow_ups import DueFilter
from services.capital.usecases.read_top_ups import shown
from services.kernel.access import Caller
from services.kernel.calendar import add_months
from services.kernel.identifiers import Siren


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpsWanted:
    within_months: int
    cae_siren: Siren | None = None
    scheme_id: UUID | None = None

    def due(self, today: date) -> DueFilter:
        until = add_months(today, self.within_months)
        return DueFilter(until=until, cae_siren=self.cae_siren, scheme_id=self.scheme_id)


async def list_follow_ups_due(
    session: AsyncSession,
    caller: Caller,
    wanted: FollowUpsWanted,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
    today: date,
) -> list[DueFollowUp]:
    """The longest due first; one more than `limit` where there are more. Cursors: (`due_on`, its id)."""
    require(caller, CapitalAct.READ_FOLLOW_UPS)
    found = await follow_ups.due(session, caller.scope, wanted.due(today), after=after, limit=limit)
    dossiers = shown(caller, (follow_up.top_up for follow_up in found))
    return [replace(due, top_up=top_up) for due, top_up in zip(found, dossiers, strict=True)]


async def count_follow_ups_due(
    session: AsyncSession, caller: Caller, wanted: FollowUpsWanted, *, today: date
) -> int:
    require(caller, CapitalAct.READ_FOLLOW_UPS)
    return await follow_ups.count_due(session, caller.scope, wanted.due(today))
