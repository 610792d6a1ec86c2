"""The operator grants a list of requests of one scheme in one decision: all of it, or as far as room goes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.awards import Reason, count, decide, rooms, without
from services.capital.domain.de_minimis import hold_to_ceiling
from services.capital.domain.granting import Candidate, Decision, Grant, conclude, consider, refuse
from services.capital.domain.refusals import CapitalElement, OthersWait
from services.capital.domain.schemes import Version
from services.capital.domain.top_ups import TopUp
from services.capital.domain.waiting import Line
from services.capital.persistence import counters, de_minimis, grants, schemes, waiting_list
from services.capital.persistence.counters import Additions, Counted
from services.capital.usecases.dossiers import given
from services.kernel.access import Caller
from services.kernel.identifiers import EntrepreneurId, Siren
from services.kernel.language import Text
from services.kernel.refusals import BatchRefused, InvalidInput, NotFound, Refusal
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTopUps:
    """`decisions` are taken in their order: where room runs out, the first named come first.

    `is_atomic` grants all of them or none; an award cut down to the room left, where the scheme allows it,
    is a grant.
    """

    scheme_id: UUID
    decisions: Sequence[tuple[UUID, Decision]]
    is_atomic: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    index: int
    top_up_id: UUID
    refusal: Refusal

    @property
    def pointer(self) -> str:
        return f"/decisions/{self.index}/top_up_id"


@dataclass(frozen=True, slots=True)
class Granting:
    """`granted` by their place in the list; every line is in one of both."""

    granted: tuple[tuple[int, TopUp], ...]
    refused: tuple[Refused, ...]


@dataclass(slots=True)
class _Outcome:
    """What is decided under the locks, before anything is written."""

    granted: list[tuple[int, Grant]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    additions: Additions = field(default_factory=Additions)
    awarded: set[EntrepreneurId] = field(default_factory=set)
    aid_cents: dict[Siren, int] = field(default_factory=dict)


async def grant_top_ups(
    session: AsyncSession, caller: Caller, order: GrantTopUps, *, today: date
) -> Granting:
    """A line that is refused stays as it was. An id given twice refuses the list, whatever its mode."""
    require(caller, CapitalAct.GRANT_TOP_UP)
    _require_once_each(order)
    dossiers = await grants.lock(session, [top_up_id for top_up_id, _ in order.decisions], caller.scope)
    versions = (await schemes.versions_of(session, [order.scheme_id])).get(order.scheme_id)
    if versions is None:
        raise NotFound(what=CapitalElement.SCHEME, id=order.scheme_id)
    candidates, refused = _considered(order, dossiers, versions, today)
    outcome = _Outcome(refused=refused)
    if candidates:
        await _share_out(session, order.scheme_id, candidates, Counted.by(versions), outcome)
    outcome.refused.sort(key=lambda line: line.index)
    if outcome.refused and order.is_atomic:
        of_lines = [(line.index, line.pointer, line.refusal) for line in outcome.refused]
        raise BatchRefused(len(order.decisions), of_lines)
    return await _write(session, order.scheme_id, outcome)


async def grant_locked(
    session: AsyncSession, scheme_id: UUID, candidate: Candidate, counted: Counted
) -> TopUp:
    """One of them, whose dossier is locked, with the exact room that is left."""
    outcome = _Outcome()
    await _share_out(session, scheme_id, [(0, candidate)], counted, outcome)
    for line in outcome.refused:
        raise line.refusal
    [(_, granted)] = (await _write(session, scheme_id, outcome)).granted
    return granted


def _require_once_each(order: GrantTopUps) -> None:
    seen = set[UUID]()
    for index, (top_up_id, _) in enumerate(order.decisions):
        if top_up_id in seen:
            raise InvalidInput(f"/decisions/{index}/top_up_id", _TWICE)
        seen.add(top_up_id)


def _considered(
    order: GrantTopUps, dossiers: dict[UUID, TopUp], versions: Sequence[Version], today: date
) -> tuple[list[tuple[int, Candidate]], list[Refused]]:
    """What may be granted, room permitting; what the status or the dates refuse already."""
    by_person: dict[EntrepreneurId, list[TopUp]] = {}
    for dossier in dossiers.values():
        by_person.setdefault(dossier.entrepreneur.id, []).append(dossier)
    candidates, refused = list[tuple[int, Candidate]](), list[Refused]()
    for index, (top_up_id, decision) in enumerate(order.decisions):
        top_up = dossiers.get(top_up_id)
        try:
            if top_up is None or top_up.scheme_id != order.scheme_id:
                raise NotFound(what=CapitalElement.TOP_UP, id=top_up_id)
            others = by_person[top_up.entrepreneur.id]
            candidates.append((index, consider(top_up, decision, versions, others=others, today=today)))
        except Refusal as refusal:
            refused.append(Refused(index, top_up_id, refusal))
    return candidates, refused


async def _share_out(
    session: AsyncSession,
    scheme_id: UUID,
    candidates: Sequence[tuple[int, Candidate]],
    counted: Counted,
    outcome: _Outcome,
) -> None:
    """Locks the counters in their order, then decides one by one with the exact room."""
    days = {candidate.decision.decided_on for _, candidate in candidates}
    days |= {kept.on for _, candidate in candidates if (kept := candidate.top_up.reservation)}
    sirens = {candidate.top_up.cae.siren for _, candidate in candidates}
    used = await counters.lock(
        session,
        scheme_id,
        candidates[0][1].top_up.region,
        {key for day in days for key in counted.budget_keys(day)},
        {(siren, key) for siren in sirens for day in days for key in counted.cap_keys(day)},
    )
    await de_minimis.lock(session, sirens)
    aid = await de_minimis.read(session, sirens)
    line = await _line_before(session, scheme_id, candidates, max(days))
    for index, listed in candidates:
        candidate = listed
        person, siren = candidate.top_up.entrepreneur.id, candidate.top_up.cae.siren
        day, kept = candidate.decision.decided_on, candidate.top_up.reservation
        usage = without(used.by_cae(siren), kept)
        available = rooms(candidate.version, usage, day, kept)
        if candidate.version.once_per_person and person in outcome.awarded:
            candidate = replace(candidate, obstacle=Reason.ALREADY_AWARDED)
        if candidate.version.waiting_list and kept is None and line.is_before(siren, candidate.version):
            waits = OthersWait(room_cents=available.left_cents)
            outcome.refused.append(Refused(index, candidate.top_up.id, waits))
            continue
        ceiling = aid[siren].room_on(day)
        award = hold_to_ceiling(
            decide(candidate.version, candidate.entitlement, available),
            None if ceiling is None else ceiling.left_cents,
        )
        grant = conclude(candidate, award)
        if grant is None:
            refusal = refuse(candidate, available, award, ceiling)
            outcome.refused.append(Refused(index, candidate.top_up.id, refusal))
            continue
        outcome.granted.append((index, grant))
        outcome.awarded.add(person)
        used.now(siren, count(usage, grant.award_cents, day))
        aid[siren] = aid[siren].granted(day, grant.award_cents)
        outcome.aid_cents[siren] = outcome.aid_cents.get(siren, 0) + grant.award_cents
        if kept is None:
            outcome.additions.add(counted, siren, grant.award_cents, day, candidate.version)
        else:
            outcome.additions.move(counted, siren, kept, grant.award_cents, day, candidate.version)


async def _line_before(
    session: AsyncSession, scheme_id: UUID, candidates: Sequence[tuple[int, Candidate]], day: date
) -> Line:
    """Whom a request that keeps nothing would pass, under rules that have a waiting list."""
    sirens = {
        candidate.top_up.cae.siren
        for _, candidate in candidates
        if candidate.version.waiting_list and candidate.top_up.reservation is None
    }
    return await waiting_list.line_of(session, scheme_id, sirens, day) if sirens else Line()


async def _write(session: AsyncSession, scheme_id: UUID, outcome: _Outcome) -> Granting:
    granted = [grant for _, grant in outcome.granted]
    if granted:
        await counters.add(session, scheme_id, outcome.additions)
        await de_minimis.add(session, outcome.aid_cents)
        await grants.record(session, granted)
        tell(session, *(given(grant) for grant in granted))
    return Granting(tuple((index, grant.granted) for index, grant in outcome.granted), tuple(outcome.refused))


_TWICE = Text("Un même dossier figure deux fois.", "The same dossier stands twice.")
