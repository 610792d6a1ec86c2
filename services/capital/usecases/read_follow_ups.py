"""Reading what was seen of paid awards, narrowed to what the caller may see; partners read no evidence."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, may_read_names, require
from services.capital.domain.follow_ups import FollowUp
from services.capital.persistence import follow_ups, top_ups
from services.capital.usecases.read_top_ups import read_top_up
from services.kernel.access import Caller


async def list_follow_ups(
    session: AsyncSession, caller: Caller, top_up_id: UUID, *, after: UUID | None, limit: int
) -> list[FollowUp]:
    """Of one top-up, corrected ones too, in the order they were recorded; one more than `limit`."""
    require(caller, CapitalAct.READ_FOLLOW_UPS)
    await read_top_up(session, caller, top_up_id)
    return _shown(caller, await follow_ups.page(session, top_up_id, after=after, limit=limit))


async def count_follow_ups(session: AsyncSession, caller: Caller, top_up_id: UUID) -> int:
    require(caller, CapitalAct.READ_FOLLOW_UPS)
    await read_top_up(session, caller, top_up_id)
    return await follow_ups.count(session, top_up_id)


async def follow_ups_of_top_ups(
    session: AsyncSession, caller: Caller, ids: Collection[UUID]
) -> dict[UUID, list[FollowUp]]:
    """All of each top-up that the caller may see, by one query; empty for the others."""
    require(caller, CapitalAct.READ_FOLLOW_UPS)
    seen = await top_ups.find_many(session, ids, caller.scope)
    found = await follow_ups.of_top_ups(session, list(seen)) if seen else {}
    return {top_up_id: _shown(caller, found.get(top_up_id, ())) for top_up_id in ids}


def _shown(caller: Caller, found: Iterable[FollowUp]) -> list[FollowUp]:
    """Evidence is free text, which may name anybody."""
    if may_read_names(caller):
        return list(found)
    return [replace(each, check=replace(each.check, evidence=None)) for each in found]
