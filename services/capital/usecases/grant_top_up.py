"""The operator grants a top-up: never a cent over the cap or the budget, never room lost.

The whole entitlement is tried first, by one statement. Where it does not fit and nothing is left to give,
that is the refusal. Else the counters are locked and the exact room is read: then a part is granted if the
scheme allows parts, or the grant is refused because it did not fit. A request that keeps room goes that
way at once: what it keeps is exchanged for its award.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.awards import Rooms, decide, rooms
from services.capital.domain.granting import Candidate, Decision, consider, grant_whole, refuse
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import counters, grants, schemes
from services.capital.persistence.counters import Counted
from services.capital.usecases.dossiers import given
from services.capital.usecases.grant_top_ups import grant_locked
from services.kernel.access import Caller
from services.kernel.refusals import NotFound
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTopUp:
    top_up_id: UUID
    decided_on: date
    reference: str


async def grant_top_up(session: AsyncSession, caller: Caller, order: GrantTopUp, *, today: date) -> TopUp:
    require(caller, CapitalAct.GRANT_TOP_UP)
    dossiers = await grants.lock(session, [order.top_up_id], caller.scope)
    top_up = dossiers.pop(order.top_up_id, None)
    if top_up is None:
        raise NotFound(what=CapitalElement.TOP_UP, id=order.top_up_id)
    versions = (await schemes.versions_of(session, [top_up.scheme_id]))[top_up.scheme_id]
    decision = Decision(decided_on=order.decided_on, reference=order.reference)
    candidate = consider(top_up, decision, versions, others=dossiers.values(), today=today)
    if candidate.obstacle is not None:
        raise refuse(candidate, await _rooms(session, candidate))
    counted, whole = Counted.by(versions), grant_whole(candidate)
    if top_up.reservation is not None or candidate.version.waiting_list:
        return await grant_locked(session, top_up.scheme_id, candidate, counted)
    if await grants.take(session, whole, counted):
        tell(session, given(whole))
        return whole.granted
    # What is read here was committed: if it leaves nothing to give, the award did not fit at that moment.
    available = await _rooms(session, candidate)
    if decide(candidate.version, candidate.entitlement, available).amount_cents == 0:
        raise refuse(candidate, available)
    return await grant_locked(session, top_up.scheme_id, candidate, counted)


async def _rooms(session: AsyncSession, candidate: Candidate) -> Rooms:
    top_up = candidate.top_up
    used = await counters.read(session, top_up.scheme_id, [top_up.cae.siren])
    return rooms(candidate.version, used.by_cae(top_up.cae.siren), candidate.decision.decided_on)
