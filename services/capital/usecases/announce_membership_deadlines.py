"""The worker says whose membership deadline is near: 6, 3 and 1 months before, each once."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct
from services.capital.domain.events import CapitalEvent
from services.capital.domain.membership import near
from services.capital.persistence import deadlines
from services.capital.usecases.dossiers import of_top_up
from services.runtime.history.facts import Fact, tell

DOSSIERS_AT_ONCE = 1_000


async def announce_membership_deadlines(session: AsyncSession, *, today: date) -> int:
    """How many were announced now; the same again until it is none. A person's latest dossier tells."""
    announced = 0
    for band in near(today):
        found = await deadlines.announce(session, band, today=today, limit=DOSSIERS_AT_ONCE)
        tell(
            session,
            *(
                Fact(
                    dossier=of_top_up(top_up),
                    act=CapitalAct.ANNOUNCE_MEMBERSHIP_DEADLINES,
                    event=CapitalEvent.MEMBERSHIP_DEADLINE_NEAR,
                    after={"months": band.months},
                )
                for top_up in found
            ),
        )
        announced += len(found)
    return announced
