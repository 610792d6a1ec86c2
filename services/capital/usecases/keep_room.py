"""Where rules reserve at request, a request keeps the room that its grant would take, or stands in line."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.awards import count, rooms
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.reserving import wants_room, without_room
from services.capital.domain.schemes import ReservesAt, Scheme, Version
from services.capital.domain.top_ups import TopUp
from services.capital.domain.waiting import Line, find_place
from services.capital.persistence import counters, schemes, top_ups, waiting_list
from services.capital.persistence.counters import Additions, Counted
from services.kernel.identifiers import Siren
from services.kernel.refusals import Refusal


async def keep_room(
    session: AsyncSession, held: Mapping[UUID, Scheme], asked: Sequence[TopUp], *, today: date
) -> list[TopUp | Refusal]:
    """Each request with what it keeps or as it waits, in their order, or the refusal of one without room.

    `held` are their schemes, held: nothing counts room anew meanwhile.
    """
    kept: list[TopUp | Refusal] = list(asked)
    by_scheme: dict[UUID, list[int]] = defaultdict(list)
    for index, top_up in enumerate(asked):
        if version_of(held[top_up.scheme_id], top_up).reserves_at is ReservesAt.REQUEST:
            by_scheme[top_up.scheme_id].append(index)
    for scheme_id, indexes in sorted(by_scheme.items()):  # everybody locks counters in the order of schemes
        found = await keep_in_scheme(
            session, held[scheme_id], [asked[index] for index in indexes], today=today
        )
        for index, outcome in zip(indexes, found, strict=True):
            kept[index] = outcome
    return kept


async def keep_in_scheme(
    session: AsyncSession, scheme: Scheme, asked: Sequence[TopUp], *, today: date
) -> list[TopUp | Refusal]:
    """Under the locks of the counters, one by one with the exact room; who joins the line gets its number."""
    counted, sirens = Counted.by(scheme.versions), {top_up.cae.siren for top_up in asked}
    cap_keys = [(siren, key) for siren in sirens for key in counted.cap_keys(today)]
    used = await counters.lock(session, scheme.id, scheme.region, counted.budget_keys(today), cap_keys)
    served = await top_ups.persons_served(session, scheme.id, asked)
    line = await line_of(session, scheme, sirens, today)
    additions, kept = Additions(), list[TopUp | Refusal]()
    for top_up in asked:
        version, siren, person = version_of(scheme, top_up), top_up.cae.siren, top_up.entrepreneur.id
        if not wants_room(version, top_up, is_person_served=person in served, today=today):
            kept.append(top_up)
            continue
        usage = used.by_cae(siren)
        try:
            placed = find_place(version, top_up, rooms(version, usage, today), line, today)
        except Refusal as refusal:
            kept.append(refusal)
            continue
        kept.append(placed)
        served.add(person)
        if placed.reservation is not None:
            used.now(siren, count(usage, placed.reservation.cents, today))
            additions.add(counted, siren, placed.reservation.cents, today, version)
    await counters.add(session, scheme.id, additions)
    return await _numbered(session, kept)


async def line_of(session: AsyncSession, scheme: Scheme, sirens: set[Siren], today: date) -> Line:
    """Who stands before a request of these CAEs; nobody where the scheme has no waiting list."""
    if not any(version.waiting_list for version in scheme.versions):
        return Line()
    return await waiting_list.line_of(session, scheme.id, sirens, today)


async def _numbered(session: AsyncSession, kept: Sequence[TopUp | Refusal]) -> list[TopUp | Refusal]:
    waiting = [top_up for top_up in kept if isinstance(top_up, TopUp) and _joins(top_up)]
    numbers = iter(await waiting_list.next_numbers(session, len(waiting)) if waiting else ())
    return [
        replace(top_up, waiting_number=next(numbers))
        if isinstance(top_up, TopUp) and _joins(top_up)
        else top_up
        for top_up in kept
    ]


def _joins(top_up: TopUp) -> bool:
    return top_up.status is TopUpStatus.WAITING and top_up.waiting_number is None


async def let_go(session: AsyncSession, ended: Sequence[TopUp]) -> None:
    """Of requests that end, as they were: locked, with their schemes held."""
    by_scheme: dict[UUID, list[TopUp]] = defaultdict(list)
    for top_up in ended:
        if top_up.reservation is not None:
            by_scheme[top_up.scheme_id].append(top_up)
    versions = await schemes.versions_of(session, list(by_scheme)) if by_scheme else {}
    for scheme_id, keeping in sorted(by_scheme.items()):
        moves = [(top_up, without_room(top_up)) for top_up in keeping]
        await resize(session, scheme_id, moves, Counted.by(versions[scheme_id]))


async def resize(
    session: AsyncSession, scheme_id: UUID, moves: Sequence[tuple[TopUp, TopUp]], counted: Counted
) -> None:
    """Requests of one scheme, before and after, that keep the same room or less of it."""
    freed = Additions()
    for before, after in moves:
        if before.reservation is not None:
            cents = before.reservation.cents - (after.reserved_cents or 0)
            freed.add(counted, before.cae.siren, -cents, before.reservation.on, None)
    region = moves[0][0].region
    await counters.lock(session, scheme_id, region, list(freed.budgets), list(freed.caps))
    await counters.add(session, scheme_id, freed)


def version_of(scheme: Scheme, top_up: TopUp) -> Version:
    return next(version for version in scheme.versions if version.id == top_up.version_id)
