"""The worker lets go of requests that nobody decided within the days that their rules give."""

from dataclasses import replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import Act, move
from services.capital.domain.reserving import without_room
from services.capital.domain.top_ups import TopUp, recorded_too_long_ago
from services.capital.persistence import top_ups
from services.capital.usecases.dossiers import moved
from services.capital.usecases.keep_room import let_go
from services.runtime.history.facts import tell

REQUESTS_AT_ONCE = 500


async def expire_requests(session: AsyncSession, *, today: date) -> int:
    """How many expired now; the same again until it is none."""
    kept: list[TopUp] = []
    for valid_days in await top_ups.validities(session):
        recorded_until = recorded_too_long_ago(valid_days, today)
        late = await top_ups.lock_undecided(session, valid_days, recorded_until, limit=REQUESTS_AT_ONCE)
        kept += late
        for request in late:
            await _expire(session, request, today)
    # Once for all of them: counters are locked in the order of schemes.
    await let_go(session, kept)
    return len(kept)


async def _expire(session: AsyncSession, request: TopUp, today: date) -> None:
    status = move(request.status, Act.EXPIRE)
    expired = replace(without_room(request), status=status, decided_on=today, revision=request.revision + 1)
    await top_ups.save_outcome(session, expired)
    act, event = CapitalAct.EXPIRE_REQUESTS, CapitalEvent.TOP_UP_EXPIRED
    tell(session, moved(act, event, request, expired))
