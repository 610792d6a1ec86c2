"""Reading top-ups, narrowed to what the caller may see; partners read no names."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, may_read_names, require
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import caes, grants, top_ups
from services.capital.persistence.top_ups import TopUpFilter
from services.kernel.access import Caller
from services.kernel.identifiers import EntrepreneurId, Siren
from services.kernel.refusals import NotFound

__all__ = [
    "TopUpFilter",
    "count_top_ups",
    "counts_of_caes",
    "hold_top_up",
    "list_top_ups",
    "names_of_caes",
    "read_top_up",
    "read_top_ups",
    "shown",
    "top_ups_of_caes",
    "top_ups_of_entrepreneurs",
]


async def read_top_up(session: AsyncSession, caller: Caller, top_up_id: UUID) -> TopUp:
    found = await read_top_ups(session, caller, [top_up_id])
    if top_up_id not in found:
        raise NotFound(what=CapitalElement.TOP_UP, id=top_up_id)
    return found[top_up_id]


async def hold_top_up(session: AsyncSession, caller: Caller, top_up_id: UUID) -> TopUp:
    """As it stands, and as it stays until the transaction ends: locked in the order of a grant."""
    require(caller, CapitalAct.READ_TOP_UP)
    await grants.lock(session, [top_up_id], caller.scope)
    return await read_top_up(session, caller, top_up_id)


async def read_top_ups(session: AsyncSession, caller: Caller, ids: Collection[UUID]) -> dict[UUID, TopUp]:
    """By id; what the caller may not see is absent."""
    require(caller, CapitalAct.READ_TOP_UP)
    found = await top_ups.find_many(session, ids, caller.scope)
    return {top_up.id: top_up for top_up in shown(caller, found.values())}


async def list_top_ups(
    session: AsyncSession, caller: Caller, wanted: TopUpFilter, *, after: UUID | None, limit: int
) -> list[TopUp]:
    """In the order they were recorded; one more than `limit` where there are more."""
    require(caller, CapitalAct.READ_TOP_UP)
    return shown(caller, await top_ups.page(session, caller.scope, wanted, after=after, limit=limit))


async def count_top_ups(session: AsyncSession, caller: Caller, wanted: TopUpFilter) -> int:
    require(caller, CapitalAct.READ_TOP_UP)
    return await top_ups.count(session, caller.scope, wanted)


async def top_ups_of_entrepreneurs(
    session: AsyncSession, caller: Caller, ids: Collection[EntrepreneurId]
) -> dict[EntrepreneurId, list[TopUp]]:
    """Every dossier of each person, one query for all; empty where the caller may see none."""
    require(caller, CapitalAct.READ_TOP_UP)
    found = await top_ups.of_entrepreneurs(session, ids, caller.scope)
    return {entrepreneur_id: shown(caller, dossiers) for entrepreneur_id, dossiers in found.items()}


async def top_ups_of_caes(
    session: AsyncSession, caller: Caller, sirens: Collection[Siren], *, after: UUID | None, limit: int
) -> dict[Siren, list[TopUp]]:
    """One page for each CAE, of up to `limit` + 1, one query for all."""
    require(caller, CapitalAct.READ_TOP_UP)
    found = await caes.pages(session, sirens, caller.scope, after=after, limit=limit)
    return {siren: shown(caller, dossiers) for siren, dossiers in found.items()}


async def counts_of_caes(
    session: AsyncSession, caller: Caller, sirens: Collection[Siren]
) -> dict[Siren, int]:
    """A CAE without a dossier that the caller may see is absent."""
    require(caller, CapitalAct.READ_TOP_UP)
    return await caes.count_top_ups(session, sirens, caller.scope)


async def names_of_caes(session: AsyncSession, caller: Caller, sirens: Collection[Siren]) -> dict[Siren, str]:
    """As each CAE's latest dossier has it; a CAE without one that the caller may see is absent."""
    require(caller, CapitalAct.READ_TOP_UP)
    return await caes.names(session, sirens, caller.scope)


def shown(caller: Caller, dossiers: Iterable[TopUp]) -> list[TopUp]:
    """Without the names, for who may not read them."""
    """Without what the caller may not read of persons."""
    if may_read_names(caller):
        return list(dossiers)
    return [_without_names(top_up) for top_up in dossiers]


def _without_names(top_up: TopUp) -> TopUp:
    person = replace(
        top_up.entrepreneur,
        given_name=None,
        family_name=None,
        email=None,
        phone=None,
        birth_date=None,
        address=None,
    )
    # A reason is free text, which may name anybody; a priority may tell of health or of poverty.
    return replace(top_up, entrepreneur=person, reason=None, priority_criterion=None, priority_evidence=None)
