"""The worker says which follow-ups fell due: each milestone once, of each payment."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct
from services.capital.domain.events import CapitalEvent
from services.capital.persistence import follow_ups
from services.capital.usecases.dossiers import of_top_up
from services.runtime.history.facts import Fact, tell

FOLLOW_UPS_AT_ONCE = 1_000


async def announce_follow_ups(session: AsyncSession, *, today: date) -> int:
    """How many were announced now; the same again until it is none."""
    found = await follow_ups.announce(session, today=today, limit=FOLLOW_UPS_AT_ONCE)
    tell(
        session,
        *(
            Fact(
                dossier=of_top_up(due.top_up),
                act=CapitalAct.ANNOUNCE_FOLLOW_UPS,
                event=CapitalEvent.TOP_UP_FOLLOW_UP_DUE,
                after={"months": due.milestone.months, "due_on": due.milestone.due_on},
            )
            for due in found
        ),
    )
    return len(found)
