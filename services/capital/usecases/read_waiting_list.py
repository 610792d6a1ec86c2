"""Who waits for a scheme's room, in the order of the line; narrowed to what the caller may see."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import schemes, waiting_list
from services.capital.usecases.read_top_ups import TopUpFilter, count_top_ups, shown
from services.kernel.access import Caller
from services.kernel.identifiers import Siren
from services.kernel.refusals import Element, NotFound


@dataclass(frozen=True, slots=True)
class Waiting:
    """`place` counts all who wait for the scheme, from 1, those that the caller may not see too."""

    place: int
    top_up: TopUp


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFilter:
    scheme_id: UUID
    cae_siren: Siren | None = None


async def read_waiting_list(
    session: AsyncSession, caller: Caller, wanted: WaitingFilter, *, after: int, limit: int
) -> list[Waiting]:
    """After a number of the line; one more than `limit` where there are more."""
    require(caller, CapitalAct.READ_TOP_UP)
    if wanted.cae_siren is not None and not caller.scope.sees_cae(wanted.cae_siren):
        raise NotFound(what=Element.CAE, id=wanted.cae_siren)
    if await schemes.find(session, wanted.scheme_id, caller.scope) is None:
        raise NotFound(what=CapitalElement.SCHEME, id=wanted.scheme_id)
    found = await waiting_list.page(
        session, caller.scope, wanted.scheme_id, wanted.cae_siren, after=after, limit=limit
    )
    places = await waiting_list.places(session, [top_up.id for top_up in found])
    return [Waiting(places[top_up.id], top_up) for top_up in shown(caller, found)]


async def count_waiting(session: AsyncSession, caller: Caller, wanted: WaitingFilter) -> int:
    return await count_top_ups(
        session,
        caller,
        TopUpFilter(scheme_id=wanted.scheme_id, cae_siren=wanted.cae_siren, status=TopUpStatus.WAITING),
    )


async def places_in_line(session: AsyncSession, caller: Caller, ids: Collection[UUID]) -> dict[UUID, int]:
    """Of top-ups that the caller has read; one that does not wait is absent."""
    require(caller, CapitalAct.READ_TOP_UP)
    return await waiting_list.places(session, ids)
