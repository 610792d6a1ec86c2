"""What a CAE's contributions would get today, before anything is asked. Grants and reserves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.simulation import Contribution, Simulation, simulate
from services.capital.domain.successions import require_standing
from services.capital.persistence import counters, de_minimis, schemes, successions, top_ups
from services.capital.usecases.keep_room import line_of
from services.kernel.access import Caller
from services.kernel.identifiers import Siret, siren_of
from services.kernel.refusals import Element, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateTopUps:
    scheme_id: UUID
    cae_siret: Siret
    contributions: Sequence[Contribution]


async def simulate_top_ups(
    session: AsyncSession, caller: Caller, order: SimulateTopUps, *, today: date
) -> Simulation:
    require(caller, CapitalAct.SIMULATE_TOP_UPS)
    siren = siren_of(order.cae_siret)
    if not caller.scope.sees_cae(siren):
        raise NotFound(what=Element.CAE, id=siren)
    scheme = await schemes.find(session, order.scheme_id, caller.scope)
    if scheme is None:
        raise NotFound(what=CapitalElement.SCHEME, id=order.scheme_id)
    require_standing(await successions.of_regions(session, {scheme.region}), siren)
    used = await counters.read(session, scheme.id, [siren])
    served = await top_ups.references_served(session, scheme.id, siren)
    aid = await de_minimis.read(session, [siren])
    line = await line_of(session, scheme, {siren}, today)
    return simulate(
        scheme.versions,
        order.contributions,
        used.by_cae(siren),
        references_served=served,
        decided_on=today,
        aid=aid[siren],
        awaited=[version.id for version in scheme.versions if line.is_before(siren, version)],
    )
