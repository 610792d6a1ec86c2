"""The operator grants a list of requests of one scheme in one decision, as far as room goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.awards import Reason, count, decide, rooms
from services.capital.domain.granting import Candidate, Decision, Grant, conclude, consider, refuse
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import counters, grants, schemes
from services.capital.persistence.counters import Additions, Counted
from services.capital.usecases.dossiers import given
from services.kernel.access import Caller
from services.kernel.identifiers import EntrepreneurId
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput, NotFound, Refusal
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTopUps:
    """`decisions` are taken in their order: where room runs out, the first named come first."""

    scheme_id: UUID
    decisions: Sequence[tuple[UUID, Decision]]


@dataclass(frozen=True, slots=True)
class Refused:
    top_up: TopUp
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Granting:
    granted: tuple[TopUp, ...]
    refused: tuple[Refused, ...]


async def grant_top_ups(
    session: AsyncSession, caller: Caller, order: GrantTopUps, *, today: date
) -> Granting:
    """What room or the scale refuses stays requested; a wrong id, status or date refuses the whole list."""
    require(caller, CapitalAct.GRANT_TOP_UP)
    if len({top_up_id for top_up_id, _ in order.decisions}) != len(order.decisions):
        raise InvalidInput("/decisions", _TWICE)
    dossiers = await grants.lock(session, [top_up_id for top_up_id, _ in order.decisions], caller.scope)
    by_scheme = await schemes.versions_of(session, [order.scheme_id])
    candidates = []
    for top_up_id, decision in order.decisions:
        top_up = dossiers.get(top_up_id)
        if top_up is None or top_up.scheme_id != order.scheme_id:
            raise NotFound(what=CapitalElement.TOP_UP, id=top_up_id)
        others = [other for other in dossiers.values() if other.entrepreneur.id == top_up.entrepreneur.id]
        candidates.append(consider(top_up, decision, by_scheme[order.scheme_id], others=others, today=today))
    if not candidates:
        return Granting((), ())
    return await share_out(session, order.scheme_id, candidates, Counted.by(by_scheme[order.scheme_id]))


async def share_out(
    session: AsyncSession, scheme_id: UUID, candidates: Sequence[Candidate], counted: Counted
) -> Granting:
    """Locks the counters in their order, decides one by one with the exact room, and writes all at once."""
    days = {candidate.decision.decided_on for candidate in candidates}
    sirens = {candidate.top_up.cae.siren for candidate in candidates}
    used = await counters.lock(
        session,
        scheme_id,
        candidates[0].top_up.region,
        {key for day in days for key in counted.budget_keys(day)},
        {(siren, key) for siren in sirens for day in days for key in counted.cap_keys(day)},
    )
    granted: list[Grant] = []
    refused: list[Refused] = []
    additions, awarded = Additions(), set[EntrepreneurId]()
    for listed in candidates:
        candidate = listed
        siren, day = candidate.top_up.cae.siren, candidate.decision.decided_on
        usage = used.by_cae(siren)
        available = rooms(candidate.version, usage, day)
        if candidate.version.once_per_person and candidate.top_up.entrepreneur.id in awarded:
            candidate = replace(candidate, obstacle=Reason.ALREADY_AWARDED)
        grant = conclude(candidate, decide(candidate.version, candidate.entitlement, available))
        if grant is None:
            refused.append(Refused(candidate.top_up, refuse(candidate, available)))
            continue
        granted.append(grant)
        awarded.add(candidate.top_up.entrepreneur.id)
        used.now(siren, count(usage, grant.award_cents, day))
        additions.add(counted, siren, grant.award_cents, day, candidate.version)
    if granted:
        await counters.add(session, scheme_id, additions)
        await grants.record(session, granted)
        tell(session, *(given(grant) for grant in granted))
    return Granting(tuple(grant.granted for grant in granted), tuple(refused))


_TWICE = Text("Un même dossier figure deux fois.", "The same dossier stands twice.")
