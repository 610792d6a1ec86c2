"""Requests still open follow the rules of the day their contribution was paid up, voted late or not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct
from services.capital.domain.claims import entitlement_of
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.reserving import kept_within_scale, wants_room, without_room
from services.capital.domain.schemes import Scheme, Version, require_version
from services.capital.domain.top_ups import TopUp
from services.capital.domain.version_dates import require_rules_for
from services.capital.domain.waiting import promoted
from services.capital.persistence import top_ups
from services.capital.persistence.counters import Counted
from services.capital.usecases.dossiers import moved
from services.capital.usecases.keep_room import keep_in_scheme, resize
from services.kernel.refusals import Refusal
from services.runtime.history.facts import Fact


async def reassess_requests(
    session: AsyncSession, scheme: Scheme, changed: Version, act: CapitalAct, *, today: date
) -> list[Fact]:
    """`scheme` is as the change leaves it, and locked; `changed` is the version that is new in it."""
    open_requests = await top_ups.requested_since(session, scheme.id, changed.valid_from)
    require_rules_for(scheme.versions, (top_up.paid_up_on for top_up in open_requests))
    before = [
        top_up for top_up in open_requests if require_version(scheme.versions, top_up.paid_up_on) is changed
    ]
    if not before:
        return []
    after = await _keeping(session, scheme, changed, [_assessed(changed, top_up) for top_up in before], today)
    await top_ups.save_assessments(session, after)
    return [_told(act, old, new, changed.id) for old, new in zip(before, after, strict=True)]


def _assessed(version: Version, top_up: TopUp) -> TopUp:
    cents = entitlement_of(version, top_up.claim).amount_cents
    return replace(top_up, version_id=version.id, entitlement_cents=cents)


async def _keeping(
    session: AsyncSession, scheme: Scheme, version: Version, assessed: Sequence[TopUp], today: date
) -> list[TopUp]:
    """What is kept stays kept, within the new scale; who kept nothing keeps what is left, first come first.

    Nobody is refused here: a request that finds no room waits, or stays recorded where there is no line.
    """
    elsewhere = await top_ups.persons_served(session, scheme.id, assessed)
    holding = {top_up.entrepreneur.id for top_up in assessed if _holds(top_up)}
    settled: dict[UUID, TopUp] = {}
    for top_up in assessed:
        person = top_up.entrepreneur.id
        is_served = person in elsewhere or (person in holding and not _holds(top_up))
        wants = wants_room(version, top_up, is_person_served=is_served, today=today)
        settled[top_up.id] = _settled(version, top_up, wants_room=wants, today=today)
    moves = [(top_up, settled[top_up.id]) for top_up in assessed]
    await resize(session, scheme.id, moves, Counted.by(scheme.versions))
    seeking = [top_up for top_up in settled.values() if not _holds(top_up)]
    for outcome in await keep_in_scheme(session, scheme, seeking, today=today) if seeking else []:
        if not isinstance(outcome, Refusal):
            settled[outcome.id] = outcome
    return list(settled.values())


def _holds(top_up: TopUp) -> bool:
    """Room, or a place in the line."""
    return top_up.reservation is not None or top_up.status is TopUpStatus.WAITING


def _settled(version: Version, top_up: TopUp, *, wants_room: bool, today: date) -> TopUp:
    """Before it looks for room: what it kept within the new scale, its place where there still is a line."""
    is_waiting = top_up.status is TopUpStatus.WAITING
    if is_waiting and not (wants_room and version.waiting_list):
        return promoted(top_up, today)
    return kept_within_scale(top_up) if wants_room else without_room(top_up)


def _told(act: CapitalAct, before: TopUp, after: TopUp, version_id: UUID) -> Fact:
    return moved(act, CapitalEvent.TOP_UP_REASSESSED, before, after, subject_id=version_id)
