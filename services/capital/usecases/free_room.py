"""Room that was taken is free again, in the periods it was counted in: those of the decision."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp
from services.capital.persistence import counters, schemes
from services.capital.persistence.counters import Additions, Counted


async def free_room(session: AsyncSession, top_up: TopUp, freed_cents: int, decided_on: date) -> None:
    """The scheme's row and the dossier are locked already, as for a grant."""
    versions = await schemes.versions_of(session, [top_up.scheme_id])
    counted, siren = Counted.by(versions[top_up.scheme_id]), top_up.cae.siren
    cap_keys = [(siren, key) for key in counted.cap_keys(decided_on)]
    await counters.lock(session, top_up.scheme_id, top_up.region, counted.budget_keys(decided_on), cap_keys)
    freed = Additions()
    freed.add(counted, siren, -freed_cents, decided_on, None)
    await counters.add(session, top_up.scheme_id, freed)
