"""The worker moves the waiting lists on: who stands first gets the room that came back, whatever freed it.

A cancellation, a clawback, a refusal, a withdrawal, an expiry, a limit raised, another year: nobody has to
say so. The counters tell it, and lines are looked at every few seconds; nothing is locked where nobody moves.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct
from services.capital.domain.awards import Rooms, count, rooms, without
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.reserving import wants_room, without_room
from services.capital.domain.schemes import Version
from services.capital.domain.top_ups import TopUp
from services.capital.domain.waiting import Line, find_place, promoted
from services.capital.persistence import counters, grants, schemes, top_ups, waiting_list
from services.capital.persistence.counters import Additions, Counted, Used
from services.capital.usecases.dossiers import moved
from services.kernel.access import Scope
from services.kernel.identifiers import EntrepreneurId
from services.runtime.history.facts import tell

OF_EACH_CAE = 20
EVERYBODY = Scope()


async def promote_requests(session: AsyncSession, *, today: date) -> int:
    """How many of one scheme moved; the same again until nobody does. One: so locks have one order."""
    for scheme_id in await waiting_list.schemes_with_a_line(session, today):
        moved_on = await _move_on(session, scheme_id, today)
        if moved_on:
            return moved_on
    return 0


@dataclass(slots=True)
class _Moves:
    """What changes, before and after, and what that changes in the counters."""

    pairs: list[tuple[TopUp, TopUp]] = field(default_factory=list)
    additions: Additions = field(default_factory=Additions)


async def _move_on(session: AsyncSession, scheme_id: UUID, today: date) -> int:
    """Looked at first without a lock, then decided under those of a grant."""
    line = await waiting_list.first_in_line(session, scheme_id, today, of_each_cae=OF_EACH_CAE)
    versions = (await schemes.versions_of(session, [scheme_id]))[scheme_id]
    used = await counters.read(session, scheme_id, {top_up.cae.siren for top_up in line})
    served = await top_ups.persons_served(session, scheme_id, line)
    if not _moves(versions, line, used, served, today).pairs:
        return 0
    locked = await grants.lock(session, [top_up.id for top_up in line], EVERYBODY)
    line = [locked[top_up.id] for top_up in line if _stands(locked[top_up.id], today)]
    versions = (await schemes.versions_of(session, [scheme_id]))[scheme_id]
    used = await _lock_counters(session, scheme_id, line, versions, today)
    served = await top_ups.persons_served(session, scheme_id, line)
    moves = _moves(versions, line, used, served, today)
    if moves.pairs:
        await counters.add(session, scheme_id, moves.additions)
        await waiting_list.save_moves(session, [after for _, after in moves.pairs])
        act, event = CapitalAct.PROMOTE_REQUESTS, CapitalEvent.TOP_UP_PROMOTED
        left = [(before, after) for before, after in moves.pairs if before.status is TopUpStatus.WAITING]
        tell(session, *(moved(act, event, before, after) for before, after in left))
    return len(moves.pairs)


def _stands(top_up: TopUp, today: date) -> bool:
    """Still, now that it is locked: it waits, or keeps room in a year that is over."""
    kept = top_up.reservation
    return top_up.status is TopUpStatus.WAITING or (kept is not None and kept.on.year < today.year)


async def _lock_counters(
    session: AsyncSession, scheme_id: UUID, line: Sequence[TopUp], versions: Sequence[Version], today: date
) -> Used:
    if not line:
        return Used()
    counted = Counted.by(versions)
    days = {today} | {top_up.reserved_on for top_up in line if top_up.reserved_on}
    sirens = {top_up.cae.siren for top_up in line}
    return await counters.lock(
        session,
        scheme_id,
        line[0].region,
        {key for day in days for key in counted.budget_keys(day)},
        {(siren, key) for siren in sirens for day in days for key in counted.cap_keys(day)},
    )


def _moves(
    versions: Sequence[Version],
    standing: Sequence[TopUp],
    used: Used,
    served: set[EntrepreneurId],
    today: date,
) -> _Moves:
    """In the order of the line, and nobody past who could not move."""
    counted, by_id = Counted.by(versions), {version.id: version for version in versions}
    line, moves, seen = Line(), _Moves(), Counter(top_up.cae.siren for top_up in standing)
    left = seen.copy()
    for top_up in standing:
        version, siren, kept = by_id[top_up.version_id], top_up.cae.siren, top_up.reservation
        usage = without(used.by_cae(siren), kept)
        after = _after(version, top_up, rooms(version, usage, today, kept), line, served, today)
        if after is not None:
            moves.pairs.append((top_up, after))
            _count(moves.additions, counted, version, top_up, after)
            if after.reservation is not None:
                used.now(siren, count(usage, after.reservation.cents, today))
        left[siren] -= 1
        if not left[siren] and seen[siren] == OF_EACH_CAE and siren not in line.caes:
            # All that were read of this CAE moved; more may stand behind them, before who follows here.
            line.caes.add(siren)
            line.is_for_budget = True
    return moves


def _after(
    version: Version, top_up: TopUp, available: Rooms, line: Line, served: set[EntrepreneurId], today: date
) -> TopUp | None:
    """The request as it moves, None where it stays; who cannot be granted any more leaves the line."""
    is_served = top_up.entrepreneur.id in served
    asking = promoted(top_up, today) if top_up.status is TopUpStatus.WAITING else without_room(top_up)
    if not wants_room(version, top_up, is_person_served=is_served, today=today):
        return asking if top_up.status is TopUpStatus.WAITING else None
    placed = find_place(version, asking, available, line, today)
    if placed.status is TopUpStatus.WAITING:
        return None
    if top_up.reserved_cents is not None and (placed.reserved_cents or 0) < top_up.reserved_cents:
        line.join(version, asking, available)
        return None
    served.add(top_up.entrepreneur.id)
    return replace(placed, revision=placed.revision + 1)


def _count(additions: Additions, counted: Counted, version: Version, before: TopUp, after: TopUp) -> None:
    if after.reservation is None:
        return
    cents, on, siren = after.reservation.cents, after.reservation.on, after.cae.siren
    if before.reservation is None:
        additions.add(counted, siren, cents, on, version)
    else:
        additions.move(counted, siren, before.reservation, cents, on, version)
