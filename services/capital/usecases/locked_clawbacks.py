"""A top-up with the clawback that is under way, locked in the order of a grant."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.clawbacks import Clawback
from services.capital.domain.lifecycle import Act, TopUpStatus, move
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.schemes import Version
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import clawbacks, grants, schemes
from services.kernel.access import Caller
from services.kernel.officers import Officer
from services.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedClawback:
    """`status` is where the act leads; `version` is that of the award, whose rules and co-funders apply."""

    top_up: TopUp
    status: TopUpStatus
    clawback: Clawback
    version: Version


async def lock_top_up(session: AsyncSession, caller: Caller, top_up_id: UUID) -> TopUp:
    """The scheme's row keeps away a version that would count anew."""
    top_up = (await grants.lock(session, [top_up_id], caller.scope)).get(top_up_id)
    if top_up is None:
        raise NotFound(what=CapitalElement.TOP_UP, id=top_up_id)
    return top_up


async def lock_clawback(session: AsyncSession, caller: Caller, top_up_id: UUID, act: Act) -> LockedClawback:
    """Refused where the top-up's status does not allow the act."""
    top_up = await lock_top_up(session, caller, top_up_id)
    status = move(top_up.status, act)
    found = await clawbacks.current(session, [top_up_id], caller.scope)
    if top_up_id not in found:
        raise RuntimeError(f"top-up {top_up_id} is {top_up.status.value} without a clawback")
    version = await version_of(session, top_up)
    return LockedClawback(top_up=top_up, status=status, clawback=found[top_up_id], version=version)


async def version_of(session: AsyncSession, top_up: TopUp) -> Version:
    versions = (await schemes.versions_of(session, [top_up.scheme_id]))[top_up.scheme_id]
    return next(version for version in versions if version.id == top_up.version_id)


def officer_of(caller: Caller) -> Officer:
    return Officer(caller.client, caller.person)
